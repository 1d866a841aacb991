import fc from 'fast-check';
import { ClusterUnreachableError } from '../../kubernetes/errors.ts';
import type { ApiRequest } from '../../kubernetes/kubernetes-connection.ts';
import { PROTOBUF } from '../../kubernetes/lists/protobuf.ts';
import type { Answer } from '../unit/kubernetes/fake-connection.ts';
import { arbitraryValue } from './arbitrary-values.ts';
import { bytesMutation } from './mutated-bytes.ts';
import { jsonMutation } from './mutated-json.ts';

/** A request, and its valid response. */
interface DisturbedRequest {
  readonly request: ApiRequest;
  readonly valid: Answer;
  /** Aborts the pass. */
  readonly endPass: () => void;
}

/** Replaces the valid response. */
export type Disturbance = (asked: DisturbedRequest) => Answer | Promise<Answer>;

/** A text in bodies that messages must not quote, as they are neither a `Status` nor plain text. */
export const UNQUOTABLE = 'unquotable-0d1e2f';

const status = fc.oneof(
  fc.constantFrom(200, 201, 400, 403, 404, 409, 410, 422, 429, 500, 503),
  fc.integer({ min: 200, max: 599 }),
);
const json = { 'content-type': 'application/json' };
const neitherText = fc.constantFrom('application/json', PROTOBUF, 'application/octet-stream', '');

const ERROR_STATUS = {
  kind: 'Status',
  apiVersion: 'v1',
  message: 'admission webhook "policy.example" denied the request: no',
  reason: 'Forbidden',
  details: { name: 'web', kind: 'pods', retryAfterSeconds: 1 },
  code: 403,
};
const STATUS_KEYS: ReadonlySet<string> = new Set(['kind', 'message', 'reason', 'code', 'details']);
const OTHER_OBJECT = {
  kind: 'Event',
  metadata: { name: UNQUOTABLE, managedFields: [{ manager: UNQUOTABLE }] },
  data: { credentials: UNQUOTABLE },
  message: UNQUOTABLE,
  reason: UNQUOTABLE,
  items: [{ metadata: { name: UNQUOTABLE } }],
};

const errorResponse = fc.record({ status, mutate: jsonMutation(STATUS_KEYS) }).map(
  ({ mutate, ...rest }): Disturbance =>
    () => ({ ...rest, headers: json, body: mutate(ERROR_STATUS) }),
);
/** An error of a webhook or a proxy that quotes the request. */
const quotingError = fc.record({ status, place: fc.constantFrom('message', 'reason', 'page') }).map(
  ({ place, ...rest }): Disturbance =>
    ({ request: { body = '' } }) => {
      return place === 'page'
        ? { ...rest, headers: { 'content-type': 'text/html' }, body: Buffer.from(body) }
        : { ...rest, headers: json, body: { ...ERROR_STATUS, [place]: body } };
    },
);
const hugeError = fc
  .record({ status, type: fc.constantFrom('application/json', 'text/plain') })
  .map(
    ({ type, ...rest }): Disturbance =>
      () => {
        const message = 'x'.repeat(100_000);
        const body = Buffer.from(JSON.stringify({ ...ERROR_STATUS, message, reason: message }));
        return { ...rest, headers: { 'content-type': type }, body };
      },
  );
const unexpectedBody = fc
  .record({
    status,
    type: neitherText,
    body: fc.oneof(
      jsonMutation(new Set()).map((mutate) => Buffer.from(JSON.stringify(mutate(OTHER_OBJECT)))),
      bytesMutation.map((mutate) => mutate(Buffer.from(JSON.stringify(OTHER_OBJECT)))),
      arbitraryValue.map((value) => Buffer.from(JSON.stringify(value))),
      // So short that the message of a JSON syntax error would quote it completely.
      fc.constant(Buffer.from(UNQUOTABLE)),
      fc.uint8Array().map((bytes) => Buffer.from(bytes)),
    ),
  })
  .map(
    ({ type, ...rest }): Disturbance =>
      () => ({ ...rest, headers: { 'content-type': type } }),
  );

const brokenConnections: readonly Disturbance[] = [
  () => {
    throw new ClusterUnreachableError('closes every connection');
  },
  ({ request }) => {
    throw new TypeError(`no connection for ${request.body}`);
  },
  ({ request: { signal }, endPass }) => {
    setImmediate(endPass);
    return new Promise((_, reject) => {
      const end = () => reject(signal.reason);
      if (signal.aborted) end();
      else signal.addEventListener('abort', end, { once: true });
    });
  },
];

function bytesOf({ body = {} }: Answer): Buffer {
  return Buffer.isBuffer(body) ? body : Buffer.from(JSON.stringify(body));
}

/**
 * Generates disturbances. About a third leave the response valid; the others corrupt it, or return no response at all.
 *
 * @param read - the keys that the code reads in valid responses
 */
export function disturbance(read: ReadonlySet<string>): fc.Arbitrary<Disturbance> {
  const valid: Disturbance = (asked) => asked.valid;
  const mutated = jsonMutation(read).map(
    (mutate): Disturbance =>
      (asked) => {
        const body = mutate(JSON.parse(bytesOf(asked.valid).toString()));
        return { ...asked.valid, body: Buffer.from(JSON.stringify(body)) };
      },
  );
  const damaged = bytesMutation.map(
    (mutate): Disturbance =>
      (asked) => ({ ...asked.valid, body: mutate(bytesOf(asked.valid)) }),
  );
  return fc.oneof(
    { weight: 6, arbitrary: fc.constant(valid) },
    { weight: 4, arbitrary: mutated },
    { weight: 1, arbitrary: damaged },
    { weight: 1, arbitrary: errorResponse },
    { weight: 1, arbitrary: quotingError },
    { weight: 1, arbitrary: hugeError },
    { weight: 1, arbitrary: unexpectedBody },
    { weight: 1, arbitrary: fc.constantFrom(...brokenConnections) },
  );
}
