import { X509Certificate } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  type IssuedCertificate,
  issueServerCertificate,
} from '../../../../local/kubernetes/certificates.ts';

describe('issueServerCertificate', () => {
  let issued: IssuedCertificate;
  let certificate: X509Certificate;
  beforeAll(async () => {
    issued = await issueServerCertificate();
    certificate = new X509Certificate(issued.certificatePem);
  });

  it('is valid for the loopback address and name only', () => {
    expect(certificate.checkIP('127.0.0.1')).toBe('127.0.0.1');
    expect(certificate.checkHost('localhost')).toBe('localhost');
    expect(certificate.checkHost('example.com')).toBeUndefined();
  });

  it('is signed by its certificate authority', () => {
    const authority = new X509Certificate(issued.caPem);
    expect(certificate.verify(authority.publicKey)).toBe(true);
    expect(certificate.checkIssued(authority)).toBe(true);
    expect([authority.ca, certificate.ca]).toEqual([true, false]);
  });

  it('is valid now, by the machine’s clock', () => {
    expect(certificate.validFromDate.getTime()).toBeLessThan(Date.now());
    expect(certificate.validToDate.getTime()).toBeGreaterThan(Date.now());
  });

  it('has a new certificate authority each time', async () => {
    expect((await issueServerCertificate()).caPem).not.toBe(issued.caPem);
  });
});
