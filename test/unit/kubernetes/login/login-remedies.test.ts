import { describe, expect, it } from 'vitest';
import {
  authenticatorRemedies,
  secretLoginRemedies,
} from '../../../../kubernetes/login/login-remedies.ts';
import { refresherToken } from '../../../support/builders/login-token.ts';

const NOW = new Date('2026-11-23T12:00:00Z');
const SECRET_ARN = 'arn:aws:secretsmanager:eu-central-1:123456789012:secret:login-AbCdEf';
const INPUT = { clusterName: 'blue', addressSource: 'the setting "kubernetes"', vpcId: undefined };
const ADDRESS = { url: 'https://10.0.0.10:6443', certificateAuthority: '' };
const TOKEN = { value: refresherToken(NOW, 3_600), staleAt: NOW };
const CERTIFICATE = { certificate: 'x', key: 'y', staleAt: NOW };

const failed = (code: string) => Object.assign(new Error(code), { code });

describe('a cluster outside EKS', () => {
  const remedies = secretLoginRemedies({ ...INPUT, secretArn: SECRET_ARN });

  it('that rejects a token names the secret, the key, the expiry and the command', () => {
    const text = remedies.rejected(TOKEN);
    expect(text).toBe(
      `Cluster "blue" rejected the token in the secret ${SECRET_ARN} (user.token) twice (401); it is valid until 2026-11-23T13:00:00.000Z. Its user may have been deleted, or the cluster issues logins with another key. Store a new login: kube-aws-iam connect --cluster blue`,
    );
    expect(remedies.rejected({ value: 'opaque', staleAt: NOW })).toContain(
      'nothing of when it expires',
    );
  });

  it('that rejects the role names aws-iam-authenticator, its cluster ID and the command', () => {
    expect(authenticatorRemedies(INPUT, 'blue-id').rejected(TOKEN)).toMatch(
      /aws-iam-authenticator .*cluster ID "blue-id".*RefresherRoleArn.*kube-aws-iam:refreshers.*kube-aws-iam connect --cluster blue$/,
    );
  });

  it.each([
    [
      'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
      TOKEN,
      /not signed by the certificate authority in the setting "kubernetes"/,
    ],
    ['SELF_SIGNED_CERT_IN_CHAIN', TOKEN, /not signed by the certificate authority/],
    ['CERT_HAS_EXPIRED', TOKEN, /renew the certificate of the API server/],
    ['ERR_TLS_CERT_ALTNAME_INVALID', TOKEN, /host name in the setting "kubernetes"/],
    ['ERR_SSL_WRONG_VERSION_NUMBER', TOKEN, /does not speak TLS/],
    [
      'ERR_SSL_SSLV3_ALERT_CERTIFICATE_EXPIRED',
      CERTIFICATE,
      /client certificate in the secret .*kube-aws-iam connect --cluster blue$/,
    ],
    [
      'ECONNREFUSED',
      TOKEN,
      /outside of any VPC.*set "vpc" in cdk\.json.*allow port 6443.*next pass tries again\.$/,
    ],
  ] as const)('that fails with %s names the remedy', (code, credentials, message) => {
    const cause = failed(code);
    const text = remedies.unreachable({ failure: 'unreachable', cause }, ADDRESS, credentials);
    expect(text).toMatch(message);
  });

  it('that cannot be reached from a VPC names the VPC and the port', () => {
    const inVpc = secretLoginRemedies({ ...INPUT, vpcId: 'vpc-1', secretArn: SECRET_ARN });
    const address = { ...ADDRESS, url: 'https://blue.example' };
    const text = inVpc.unreachable(
      { failure: 'unreachable', cause: failed('ETIMEDOUT') },
      address,
      TOKEN,
    );
    expect(text).toMatch(/runs in vpc-1: .*allow port 443 /);
  });

  it('never mentions EKS, and no credential', () => {
    const all = (['unreachable', 'broken', 'slow'] as const).flatMap((failure) =>
      [
        'ECONNREFUSED',
        'ECONNRESET',
        'CERT_HAS_EXPIRED',
        'EPROTO',
        'SELF_SIGNED_CERT_IN_CHAIN',
      ].flatMap((code) =>
        [remedies, authenticatorRemedies(INPUT, 'blue')].flatMap((kind) =>
          [TOKEN, CERTIFICATE].map((credentials) =>
            kind.unreachable({ failure, cause: failed(code) }, ADDRESS, credentials),
          ),
        ),
      ),
    );
    const rejected = [
      remedies.rejected(TOKEN),
      authenticatorRemedies(INPUT, 'blue').rejected(TOKEN),
    ];
    expect([...all, ...rejected].join('\n')).not.toMatch(/\bEKS\b|aws eks|AWS Support|very-secret/);
  });
});
