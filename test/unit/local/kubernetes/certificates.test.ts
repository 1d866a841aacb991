import { X509Certificate } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  createServerCertificate,
  type ServerCertificate,
} from '../../../../local/kubernetes/certificates.ts';

describe('makeServerCertificate', () => {
  let made: ServerCertificate;
  let certificate: X509Certificate;
  beforeAll(async () => {
    made = await createServerCertificate();
    certificate = new X509Certificate(made.certificatePem);
  });

  it('is for loopback by address and by name, and for nothing else', () => {
    expect(certificate.checkIP('127.0.0.1')).toBe('127.0.0.1');
    expect(certificate.checkHost('localhost')).toBe('localhost');
    expect(certificate.checkHost('example.com')).toBeUndefined();
  });

  it('is signed by its authority, which may sign', () => {
    const authority = new X509Certificate(made.caPem);
    expect(certificate.verify(authority.publicKey)).toBe(true);
    expect(certificate.checkIssued(authority)).toBe(true);
    expect([authority.ca, certificate.ca]).toEqual([true, false]);
  });

  it('is valid by the machine’s clock', () => {
    expect(certificate.validFromDate.getTime()).toBeLessThan(Date.now());
    expect(certificate.validToDate.getTime()).toBeGreaterThan(Date.now());
  });

  it('is of an authority of its own each time', async () => {
    expect((await createServerCertificate()).caPem).not.toBe(made.caPem);
  });
});
