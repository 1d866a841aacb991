import { EKSClient } from '@aws-sdk/client-eks';
import { STSClient } from '@aws-sdk/client-sts';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RefresherError } from '../../contract/errors.ts';
import { eksClusterEndpoint } from '../../kubernetes/eks/cluster-endpoint.ts';
import { renderSecret } from '../../lambda/act/secrets/render-secret.ts';
import { AssumeRoleError } from '../../lambda/act/sessions/assume-role-error.ts';
import { requestSession } from '../../lambda/act/sessions/sts-client.ts';
import { arbitraryValue } from './arbitrary-values.ts';
import { mutatedBytes } from './mutated-bytes.ts';
import { mutatedJson } from './mutated-json.ts';
import { numRuns } from './num-runs.ts';

interface AwsResponse {
  readonly statusCode: number;
  readonly body: Uint8Array;
}

/** Configures an SDK client that receives the same response for every call. */
function clientAnswering({ statusCode, body }: AwsResponse, contentType: string) {
  return {
    region: 'eu-central-1',
    credentials: { accessKeyId: 'AKIAOWN', secretAccessKey: OWN_SECRET, sessionToken: 'OWN-TOKEN' },
    maxAttempts: 1,
    requestHandler: {
      handle: async () => ({
        response: { statusCode, headers: { 'content-type': contentType }, body },
      }),
    },
  };
}

const OWN_SECRET = 'own/secret/key';
const ISSUED_SECRET = 'issued/secret/key';
const ROLE_ARN = 'arn:aws:iam::123456789012:role/orders';

const issuedResponse = (expiration: string) => `<AssumeRoleResponse
  xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleResult><Credentials>
  <AccessKeyId>ASIAISSUED</AccessKeyId><SecretAccessKey>${ISSUED_SECRET}</SecretAccessKey>
  <SessionToken>ISSUED-TOKEN</SessionToken><Expiration>${expiration}</Expiration>
  </Credentials></AssumeRoleResult></AssumeRoleResponse>`;
const errorResponse = (code: string, message: string) =>
  `<ErrorResponse><Error><Type>Sender</Type><Code>${code}</Code>
  <Message>${message}</Message></Error><RequestId>1</RequestId></ErrorResponse>`;

const expiration = fc.constantFrom(
  ...['2026-11-23T13:00:00Z', '9999-12-31T23:59:59Z', '1969-01-01T00:00:00Z', 'tomorrow'],
  ...['2026-02-30T00:00:00Z', '1764000000', 'NaN', '', '<a>1</a>', '2026-11-23T13:00:00+99:00'],
);
const element = fc.constantFrom('AccessKeyId', 'SecretAccessKey', 'SessionToken', 'Expiration');

/** Changes of an element: emptied, filled with elements, duplicated, or removed. */
const reshapings: readonly ((name: string, whole: string) => string)[] = [
  (name) => `<${name}></${name}>`,
  (name) => `<${name}/>`,
  (name) => `<${name}><a>1</a><a>2</a></${name}>`,
  (_, whole) => whole + whole,
  () => '',
];
const reshaped = fc
  .record({ name: element, reshape: fc.constantFrom(...reshapings) })
  .map(({ name, reshape }) =>
    issuedResponse('2026-11-23T13:00:00Z').replace(new RegExp(`<${name}>.*</${name}>`), (whole) =>
      reshape(name, whole),
    ),
  );

const code = fc.constantFrom('AccessDenied', 'Throttling', 'SignatureDoesNotMatch', 'X'.repeat(99));
const text = fc.oneof(
  expiration.map(issuedResponse),
  reshaped,
  code.map((name) => errorResponse(name, 'no')),
  code.map((name) => errorResponse(name, 'y'.repeat(500_000))),
  fc.constant(errorResponse('Z'.repeat(500_000), 'no')),
  arbitraryValue.map((value) => JSON.stringify(value)),
  fc.constantFrom('', '<', '<html><body>Bad Gateway</body></html>', '<a>'.repeat(2_000)),
);
const xml = fc.oneof(
  text.map((body) => Buffer.from(body)),
  text.chain((body) => mutatedBytes(Buffer.from(body))),
);
const statusCode = fc.constantFrom(200, 200, 200, 400, 403, 500, 503, 302);

describe('STS with any response', () => {
  it('issues a session with complete credentials, or an error', async () => {
    await fc.assert(
      fc.asyncProperty(statusCode, xml, async (status, body) => {
        const sts = new STSClient(clientAnswering({ statusCode: status, body }, 'text/xml'));
        const input = { RoleArn: ROLE_ARN, RoleSessionName: 'shop@prod' };
        const result = await requestSession(sts, {
          input,
          denial: { caller: 'us', trustProblem: 'no' },
        }).catch((error: unknown) => error);
        if (result instanceof Error) {
          expect(result).toBeInstanceOf(AssumeRoleError);
          expect(result.message.length).toBeLessThan(2_500);
          for (const secret of [OWN_SECRET, ISSUED_SECRET]) {
            expect(result.message).not.toContain(secret);
          }
          return;
        }
        const credentials = result as Awaited<ReturnType<typeof requestSession>>;
        const { accessKeyId, secretAccessKey, sessionToken, expiresAt } = credentials;
        for (const value of [accessKeyId, secretAccessKey, sessionToken]) {
          expect(value).toBeTypeOf('string');
        }
        expect(expiresAt.getTime()).not.toBeNaN();
        expect(() =>
          renderSecret(credentials, {
            roleArn: ROLE_ARN,
            fingerprint: '12345678',
            metadata: { labels: {}, annotations: {} },
          }),
        ).not.toThrow();
      }),
      numRuns(300),
    );
  });
});

const PEM = '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n';
const CLUSTER = {
  cluster: {
    name: 'blue',
    status: 'ACTIVE',
    endpoint: 'https://0123.gr7.eu-central-1.eks.amazonaws.com',
    certificateAuthority: { data: Buffer.from(PEM).toString('base64') },
    accessConfig: { authenticationMode: 'API' },
  },
};
const READ: ReadonlySet<string> = new Set([
  ...['cluster', 'status', 'endpoint', 'certificateAuthority', 'data'],
  ...['accessConfig', 'authenticationMode'],
]);

describe('EKS with any response', () => {
  it('has an https endpoint and a CA, or is an error', async () => {
    const json = fc.oneof(
      mutatedJson(CLUSTER, READ).map((value) => Buffer.from(JSON.stringify(value))),
      mutatedBytes(Buffer.from(JSON.stringify(CLUSTER))),
      arbitraryValue.map((value) => Buffer.from(JSON.stringify(value))),
    );
    await fc.assert(
      fc.asyncProperty(statusCode, json, async (status, body) => {
        const eks = new EKSClient(
          clientAnswering({ statusCode: status, body }, 'application/json'),
        );
        const endpoint = await eksClusterEndpoint(eks, 'blue')
          .get()
          .catch((error: unknown) => error);
        if (endpoint instanceof Error) {
          expect(endpoint).toBeInstanceOf(RefresherError);
          expect(endpoint.message.length).toBeLessThan(2_500);
          expect(endpoint.message).not.toContain(OWN_SECRET);
          return;
        }
        const { url, certificateAuthority } = endpoint as { [key: string]: string };
        expect(new URL(String(url)).protocol).toBe('https:');
        expect(certificateAuthority).toContain('-----BEGIN CERTIFICATE-----');
      }),
      numRuns(300),
    );
  });
});
