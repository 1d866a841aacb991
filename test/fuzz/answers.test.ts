import { EKSClient } from '@aws-sdk/client-eks';
import { STSClient } from '@aws-sdk/client-sts';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AssumeRoleError } from '../../lambda/act/assume-role-error.ts';
import { openSession } from '../../lambda/act/open-session.ts';
import { renderSecret } from '../../lambda/act/render-secret.ts';
import { KubernetesApiError, RefresherError } from '../../lambda/errors.ts';
import { apiErrorOf } from '../../lambda/observe/api-error.ts';
import { eksClusterEndpoint } from '../../lambda/observe/cluster-endpoint.ts';
import { PROTOBUF } from '../../lambda/observe/kubernetes-protobuf.ts';
import { EXAMPLES, hostileText, hostileValue, mutated, mutatedBytes } from './hostile.ts';

/** What stands in for AWS: one answer, and no second try. */
function answering(statusCode: number, body: string, contentType: string) {
  return {
    region: 'eu-central-1',
    credentials: { accessKeyId: 'AKIA', secretAccessKey: 'secret' },
    maxAttempts: 1,
    requestHandler: {
      handle: async () => {
        const headers = { 'content-type': contentType };
        return { response: { statusCode, headers, body: Buffer.from(body) } } as never;
      },
    },
  };
}

const status = fc.oneof(fc.constantFrom(200, 400, 403, 429, 500, 503), fc.nat({ max: 599 }));

const SESSION = {
  AccessKeyId: 'ASIAEXAMPLE',
  SecretAccessKey: 'secret-of-a-session',
  SessionToken: 'token-of-a-session',
  Expiration: '2026-11-23T13:00:00Z',
};

/** What STS answers, as XML, with the fields as they are given. */
function sessionXml(fields: Readonly<Record<string, unknown>>): string {
  const inner = Object.entries(fields).map(([name, value]) => `<${name}>${value}</${name}>`);
  return `<AssumeRoleResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleResult><Credentials>${inner.join('')}</Credentials></AssumeRoleResult></AssumeRoleResponse>`;
}

const stsBody = fc.oneof(
  hostileText,
  mutated(SESSION).map((fields) => sessionXml({ ...fields })),
  mutatedBytes(Buffer.from(sessionXml(SESSION))).map((bytes) => bytes.toString()),
  hostileText.map(
    (text) =>
      `<ErrorResponse><Error><Code>${text}</Code><Message>${text}</Message></Error></ErrorResponse>`,
  ),
);

const REQUEST = {
  input: { RoleArn: 'arn:aws:iam::123456789012:role/app', RoleSessionName: 'shop@test' },
  remedy: 'Look at the trust policy',
};

describe('whatever answers in the place of', () => {
  it('STS gives a session that can be written to files, or an AssumeRoleError', async () => {
    await fc.assert(
      fc.asyncProperty(status, stsBody, async (code, body) => {
        const sts = new STSClient(answering(code, body, 'text/xml'));
        const result = await openSession(sts, REQUEST).catch((error: unknown) => error);
        if (result instanceof Error) {
          expect(result).toBeInstanceOf(AssumeRoleError);
          expect(result.message).not.toContain(SESSION.SecretAccessKey);
          expect(result.message.length).toBeLessThan(4_000);
          return;
        }
        const credentials = result as Awaited<ReturnType<typeof openSession>>;
        const { data } = renderSecret(credentials, { roleArn: REQUEST.input.RoleArn });
        expect(data['credentials']?.split('\n')).toHaveLength(6);
        expect(JSON.parse(data['credentials.json'] ?? '')).toMatchObject({
          Version: 1,
          AccessKeyId: credentials.accessKeyId,
        });
      }),
      EXAMPLES,
    );
  });

  const CLUSTER = {
    cluster: {
      status: 'ACTIVE',
      endpoint: 'https://example.eks.amazonaws.com',
      certificateAuthority: {
        data: Buffer.from('-----BEGIN CERTIFICATE-----\nMII=\n').toString('base64'),
      },
      accessConfig: { authenticationMode: 'API' },
    },
  };

  it('EKS says where a cluster is, over https and with an authority, or is told of with what to do', async () => {
    const body = fc.oneof(
      hostileText,
      mutated(CLUSTER).map((value) => JSON.stringify(value)),
    );
    await fc.assert(
      fc.asyncProperty(status, body, async (code, text) => {
        const eks = new EKSClient(answering(code, text, 'application/json'));
        const endpoint = eksClusterEndpoint(eks, 'test');
        const result = await endpoint.get().catch((error: unknown) => error);
        if (result instanceof Error) {
          expect(result).toBeInstanceOf(RefresherError);
          return;
        }
        expect(result).toMatchObject({
          url: expect.stringMatching(/^https:/),
          certificateAuthority: expect.stringContaining('-----BEGIN CERTIFICATE-----'),
        });
      }),
      EXAMPLES,
    );
  });

  it('the Kubernetes API refuses in words of bounded length', () => {
    const body = fc.oneof(
      hostileText,
      hostileValue.map((value) => JSON.stringify(value)),
      fc
        .record({ kind: fc.constant('Status'), message: hostileValue, reason: hostileValue })
        .map((value) => JSON.stringify(value)),
      fc.constant(JSON.stringify({ kind: 'Status', message: 'x'.repeat(10_000) })),
    );
    const type = fc.constantFrom('application/json', 'text/html', PROTOBUF, '');
    fc.assert(
      fc.property(status, body, type, (code, text, contentType) => {
        const headers = { 'content-type': contentType };
        const error = apiErrorOf({ status: code, headers, body: Buffer.from(text) });
        expect(error).toBeInstanceOf(KubernetesApiError);
        expect(error.message.length).toBeLessThan(4_000);
      }),
      EXAMPLES,
    );
  });
});
