import { X509Certificate } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  compactCertificates,
  expandCertificates,
  parseClusterApi,
} from '../../../contract/cluster-api.ts';
import { issueServerCertificate } from '../../../local/kubernetes/certificates.ts';

const SECRET_ARN =
  'arn:aws:secretsmanager:eu-central-1:123456789012:secret:kube-aws-iam-blue-login-AbCdEf';

let ca: string;
let caPems: readonly string[];
beforeAll(async () => {
  const issued = await Promise.all([issueServerCertificate(), issueServerCertificate()]);
  caPems = issued.map(({ caPem }) => caPem);
  ca = compactCertificates(caPems[0] ?? '');
});

const address = () => ({ server: 'https://10.0.0.10:6443', certificateAuthority: ca });

describe('compactCertificates', () => {
  it('is restored by expandCertificates, whatever surrounds the certificates', () => {
    const bundle = `# the authority\n${caPems[0]?.replaceAll('\n', '\r\n')}\n\n${caPems[1]}`;
    const compact = compactCertificates(bundle);
    expect(compact.length).toBeLessThan(bundle.length - 100);
    expect(compact).toMatch(/^[\w+/=]+,[\w+/=]+$/);
    const fingerprints = (pem: string) =>
      (pem.match(/-----BEGIN[^-]+-----[^-]+-----END[^-]+-----/g) ?? []).map(
        (one) => new X509Certificate(one).fingerprint256,
      );
    expect(fingerprints(expandCertificates(compact))).toEqual(
      caPems.map((pem) => new X509Certificate(pem).fingerprint256),
    );
  });
});

const MALFORMED: readonly (readonly [string, () => unknown])[] = [
  ['no JSON', () => 'blue'],
  ['a list', () => []],
  ['no login', () => ({ secretArn: SECRET_ARN })],
  ['another login', () => ({ login: 'password', ...address() })],
  ['no secret', () => ({ login: 'secret', ...address() })],
  ['an ARN of another service', () => ({ login: 'secret', secretArn: 'arn:aws:s3:::bucket' })],
  [
    'a server without authority',
    () => ({ login: 'secret', secretArn: SECRET_ARN, server: 'https://a' }),
  ],
  [
    'an authority without server',
    () => ({ login: 'secret', secretArn: SECRET_ARN, certificateAuthority: ca }),
  ],
  ['no server for the authenticator', () => ({ login: 'awsIamAuthenticator', clusterId: 'blue' })],
  ['no cluster ID', () => ({ login: 'awsIamAuthenticator', ...address() })],
  [
    'a cluster ID and a secret',
    () => ({ login: 'secret', secretArn: SECRET_ARN, clusterId: 'blue' }),
  ],
  ...[
    'http://10.0.0.10:6443',
    '10.0.0.10:6443',
    'https://user@10.0.0.10',
    'https://10.0.0.10/?a=b',
    'https://10.0.0.10/#a',
    '',
  ].map(
    (server) =>
      [
        `the server ${server}`,
        () => ({ login: 'secret', secretArn: SECRET_ARN, ...address(), server }),
      ] as const,
  ),
  ...['', 'AAAA', '-----BEGIN CERTIFICATE-----'].map(
    (certificateAuthority) =>
      [
        `the authority ${certificateAuthority}`,
        () => ({ login: 'secret', secretArn: SECRET_ARN, ...address(), certificateAuthority }),
      ] as const,
  ),
  [
    'an unknown field',
    () => ({ login: 'secret', secretArn: SECRET_ARN, ...address(), insecure: true }),
  ],
];

describe('parseClusterApi', () => {
  it('accepts the logins that the stack configures', () => {
    for (const api of [
      { login: 'secret', secretArn: SECRET_ARN },
      { login: 'secret', secretArn: SECRET_ARN, ...address() },
      { login: 'secret', secretArn: SECRET_ARN.replace('arn:aws:', 'arn:aws-cn:'), ...address() },
      { login: 'awsIamAuthenticator', clusterId: 'blue', ...address() },
      { login: 'secret', secretArn: SECRET_ARN, ...address(), server: 'https://r.example/k8s/c1' },
    ]) {
      expect(parseClusterApi(JSON.stringify(api))).toEqual(api);
    }
  });

  it.each(MALFORMED)('rejects %s', (_, api) => {
    const value = api();
    expect(
      parseClusterApi(typeof value === 'string' ? value : JSON.stringify(value)),
    ).toBeUndefined();
  });
});
