import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { apiErrorOf } from '../../kubernetes/api-error.ts';
import { KubernetesApiError } from '../../kubernetes/errors.ts';
import { PROTOBUF } from '../../kubernetes/lists/protobuf.ts';
import { redactedErrorOf } from '../../lambda/act/secrets/redact-errors.ts';
import { createSecretApi } from '../../lambda/act/secrets/typed-secret-api.ts';
import { FOREVER, fakeConnection, responseOf } from '../unit/kubernetes/fake-connection.ts';
import { arbitraryValue } from './arbitrary-values.ts';
import { mutatedBytes } from './mutated-bytes.ts';
import { mutatedJson } from './mutated-json.ts';
import { numRuns } from './num-runs.ts';

const READ: ReadonlySet<string> = new Set(['kind', 'message', 'reason', 'code', 'details']);
const SECRET_VALUE = 'cmVhbGx5LXNlY3JldA==';
const STATUS = {
  kind: 'Status',
  apiVersion: 'v1',
  status: 'Failure',
  message: `admission webhook "policy.example" denied the request: data was ${SECRET_VALUE}`,
  reason: 'Forbidden',
  details: { name: 'aws-iam-orders', kind: 'secrets' },
  code: 403,
};

const body = fc.oneof(
  mutatedJson(STATUS, READ).map((value) => Buffer.from(JSON.stringify(value))),
  mutatedBytes(Buffer.from(JSON.stringify(STATUS))),
  arbitraryValue.map((value) => Buffer.from(JSON.stringify(value))),
  fc
    .constantFrom('reason', 'kind')
    .map((key) => Buffer.from(JSON.stringify({ ...STATUS, [key]: SECRET_VALUE }))),
  fc.uint8Array().map((bytes) => Buffer.from(bytes)),
  fc.constant(Buffer.from(JSON.stringify({ ...STATUS, message: 'x'.repeat(200_000) }))),
  fc.constant(Buffer.from(JSON.stringify({ ...STATUS, reason: 'x'.repeat(200_000) }))),
);
const answer = fc
  .record({
    status: fc.integer({ min: 300, max: 599 }),
    type: fc.constantFrom('application/json', 'text/html', PROTOBUF, '', undefined),
    body,
  })
  .map(({ type, ...rest }) =>
    responseOf({ ...rest, headers: type === undefined ? {} : { 'content-type': type } }),
  );

const MAX_ERROR_LENGTH = 2_500;

describe('error responses with any body', () => {
  it('become an error of bounded length', () => {
    fc.assert(
      fc.property(answer, (response) => {
        const { status, message, reason } = apiErrorOf(response);
        expect(status).toBe(response.status);
        expect(message.length + reason.length).toBeLessThan(MAX_ERROR_LENGTH);
      }),
      numRuns(700),
    );
  });

  it('of a write do not quote the values of the Secret', () => {
    fc.assert(
      fc.property(answer, (response) => {
        const error = redactedErrorOf(response);
        expect(error).toBeInstanceOf(KubernetesApiError);
        expect(error.message).not.toContain(SECRET_VALUE);
      }),
      numRuns(500),
    );
  });

  it('of a write with the typed client are our own errors', async () => {
    const content = { labels: {}, annotations: {}, data: { credentials: 'really-secret' } };
    await fc.assert(
      fc.asyncProperty(answer, async ({ status, headers, body: bytes }) => {
        const connection = fakeConnection(() => ({ status, headers, body: bytes }));
        const write = createSecretApi(connection).create('shop', 'aws-iam-x', content, FOREVER);
        const error = await write.catch((thrown: unknown) => thrown);
        expect(error).toBeInstanceOf(KubernetesApiError);
        expect((error as Error).message).not.toContain(SECRET_VALUE);
        expect(connection.requests).toHaveLength(1);
      }),
      numRuns(300),
    );
  });
});
