import { EKSClient } from '@aws-sdk/client-eks';
import { STSClient } from '@aws-sdk/client-sts';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RefresherError } from '../../contract/errors.ts';
import { eksClusterEndpoint } from '../../kubernetes/eks/cluster-endpoint.ts';
import { renderSecret } from '../../lambda/act/secrets/render-secret.ts';
import { AssumeRoleError } from '../../lambda/act/sessions/assume-role-error.ts';
import { requestSession } from '../../lambda/act/sessions/sts-client.ts';
import { mutatedBytes } from './mutated-bytes.ts';
import { mutatedJson } from './mutated-json.ts';
import { runs } from './runs.ts';
import { strangeValue } from './strange-values.ts';

interface Answer {
  readonly statusCode: number;
  readonly body: Uint8Array;
}

/** What a client of the SDK is made with, so that every call is answered so. */
function answering({ statusCode, body }: Answer, contentType: string) {
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
const GIVEN_SECRET = 'given/secret/key';
const ROLE_ARN = 'arn:aws:iam::123456789012:role/orders';

const given = (expiration: string) => `<AssumeRoleResponse
  xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleResult><Credentials>
  <AccessKeyId>ASIAGIVEN</AccessKeyId><SecretAccessKey>${GIVEN_SECRET}</SecretAccessKey>
  <SessionToken>GIVEN-TOKEN</SessionToken><Expiration>${expiration}</Expiration>
  </Credentials></AssumeRoleResult></AssumeRoleResponse>`;
const refused = (code: string, message: string) =>
  `<ErrorResponse><Error><Type>Sender</Type><Code>${code}</Code>
  <Message>${message}</Message></Error><RequestId>1</RequestId></ErrorResponse>`;

const expiration = fc.constantFrom(
  ...['2026-11-23T13:00:00Z', '9999-12-31T23:59:59Z', '1969-01-01T00:00:00Z', 'tomorrow'],
  ...['2026-02-30T00:00:00Z', '1764000000', 'NaN', '', '<a>1</a>', '2026-11-23T13:00:00+99:00'],
);
const element = fc.constantFrom('AccessKeyId', 'SecretAccessKey', 'SessionToken', 'Expiration');

/** What becomes of an element: emptied, doubled, filled with elements, or left out. */
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
    given('2026-11-23T13:00:00Z').replace(new RegExp(`<${name}>.*</${name}>`), (whole) =>
      reshape(name, whole),
    ),
  );

const code = fc.constantFrom('AccessDenied', 'Throttling', 'SignatureDoesNotMatch', 'X'.repeat(99));
const text = fc.oneof(
  expiration.map(given),
  reshaped,
  code.map((name) => refused(name, 'no')),
  code.map((name) => refused(name, 'y'.repeat(500_000))),
  fc.constant(refused('Z'.repeat(500_000), 'no')),
  strangeValue.map((value) => JSON.stringify(value)),
  fc.constantFrom('', '<', '<html><body>Bad Gateway</body></html>', '<a>'.repeat(2_000)),
);
const xml = fc.oneof(
  text.map((body) => Buffer.from(body)),
  text.chain((body) => mutatedBytes(Buffer.from(body))),
);
const statusCode = fc.constantFrom(200, 200, 200, 400, 403, 500, 503, 302);

describe('STS that answers anything', () => {
  it('opens a session of whole credentials, or none', async () => {
    await fc.assert(
      fc.asyncProperty(statusCode, xml, async (status, body) => {
        const sts = new STSClient(answering({ statusCode: status, body }, 'text/xml'));
        const input = { RoleArn: ROLE_ARN, RoleSessionName: 'shop@prod' };
        const opened = await requestSession(sts, { input, remedy: 'none' }).catch(
          (error: unknown) => error,
        );
        if (opened instanceof Error) {
          expect(opened).toBeInstanceOf(AssumeRoleError);
          expect(opened.message.length).toBeLessThan(2_500);
          for (const secret of [OWN_SECRET, GIVEN_SECRET]) {
            expect(opened.message).not.toContain(secret);
          }
          return;
        }
        const credentials = opened as Awaited<ReturnType<typeof requestSession>>;
        const { accessKeyId, secretAccessKey, sessionToken, expiresAt } = credentials;
        for (const value of [accessKeyId, secretAccessKey, sessionToken]) {
          expect(value).toBeTypeOf('string');
        }
        expect(expiresAt.getTime()).not.toBeNaN();
        expect(() => renderSecret(credentials, { roleArn: ROLE_ARN })).not.toThrow();
      }),
      runs(300),
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

describe('EKS that answers anything', () => {
  it('names an https address and an authority, or is said to be wrong', async () => {
    const json = fc.oneof(
      mutatedJson(CLUSTER, READ).map((value) => Buffer.from(JSON.stringify(value))),
      mutatedBytes(Buffer.from(JSON.stringify(CLUSTER))),
      strangeValue.map((value) => Buffer.from(JSON.stringify(value))),
    );
    await fc.assert(
      fc.asyncProperty(statusCode, json, async (status, body) => {
        const eks = new EKSClient(answering({ statusCode: status, body }, 'application/json'));
        const address = await eksClusterEndpoint(eks, 'blue')
          .get()
          .catch((error: unknown) => error);
        if (address instanceof Error) {
          expect(address).toBeInstanceOf(RefresherError);
          expect(address.message.length).toBeLessThan(2_500);
          expect(address.message).not.toContain(OWN_SECRET);
          return;
        }
        const { url, certificateAuthority } = address as { [key: string]: string };
        expect(new URL(String(url)).protocol).toBe('https:');
        expect(certificateAuthority).toContain('-----BEGIN CERTIFICATE-----');
      }),
      runs(300),
    );
  });
});
