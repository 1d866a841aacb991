import fc from 'fast-check';
import { ClusterUnreachableError } from '../../kubernetes/errors.ts';
import type { ApiRequest } from '../../kubernetes/kubernetes-connection.ts';
import { PROTOBUF } from '../../kubernetes/lists/protobuf.ts';
import type { Answer } from '../unit/kubernetes/fake-connection.ts';
import { bytesMutation } from './mutated-bytes.ts';
import { jsonMutation } from './mutated-json.ts';
import { strangeValue } from './strange-values.ts';

/** What an API is asked, and what it would answer if all were well. */
export interface Asked {
  readonly request: ApiRequest;
  readonly right: Answer;
  /** Ends the run's time. */
  readonly endRun: () => void;
}

/** What comes in the place of the right answer. */
export type Disturbance = (asked: Asked) => Answer | Promise<Answer>;

/** Stands where nothing is to be quoted: in bodies that are neither a `Status` nor a text. */
export const UNQUOTABLE = 'unquotable-0d1e2f';

const status = fc.oneof(
  fc.constantFrom(200, 201, 400, 403, 404, 409, 410, 422, 429, 500, 503),
  fc.integer({ min: 200, max: 599 }),
);
const json = { 'content-type': 'application/json' };
const neitherText = fc.constantFrom('application/json', PROTOBUF, 'application/octet-stream', '');

const REFUSAL = {
  kind: 'Status',
  apiVersion: 'v1',
  message: 'admission webhook "policy.example" denied the request: no',
  reason: 'Forbidden',
  details: { name: 'web', kind: 'pods', retryAfterSeconds: 1 },
  code: 403,
};
const STATUS_KEYS: ReadonlySet<string> = new Set(['kind', 'message', 'reason', 'code', 'details']);
const NO_STATUS = {
  kind: 'Event',
  metadata: { name: UNQUOTABLE, managedFields: [{ manager: UNQUOTABLE }] },
  data: { credentials: UNQUOTABLE },
  message: UNQUOTABLE,
  reason: UNQUOTABLE,
  items: [{ metadata: { name: UNQUOTABLE } }],
};

const refusal = fc.record({ status, mutate: jsonMutation(STATUS_KEYS) }).map(
  ({ mutate, ...rest }): Disturbance =>
    () => ({ ...rest, headers: json, body: mutate(REFUSAL) }),
);
/** Of a webhook, or of a proxy, that says what it was asked. */
const quotation = fc.record({ status, place: fc.constantFrom('message', 'reason', 'page') }).map(
  ({ place, ...rest }): Disturbance =>
    ({ request: { body = '' } }) => {
      return place === 'page'
        ? { ...rest, headers: { 'content-type': 'text/html' }, body: Buffer.from(body) }
        : { ...rest, headers: json, body: { ...REFUSAL, [place]: body } };
    },
);
const flood = fc.record({ status, type: fc.constantFrom('application/json', 'text/plain') }).map(
  ({ type, ...rest }): Disturbance =>
    () => {
      const message = 'x'.repeat(100_000);
      const body = Buffer.from(JSON.stringify({ ...REFUSAL, message, reason: message }));
      return { ...rest, headers: { 'content-type': type }, body };
    },
);
const something = fc
  .record({
    status,
    type: neitherText,
    body: fc.oneof(
      jsonMutation(new Set()).map((mutate) => Buffer.from(JSON.stringify(mutate(NO_STATUS)))),
      bytesMutation.map((mutate) => mutate(Buffer.from(JSON.stringify(NO_STATUS)))),
      strangeValue.map((value) => Buffer.from(JSON.stringify(value))),
      // So short that what is said of broken JSON would quote it whole.
      fc.constant(Buffer.from(UNQUOTABLE)),
      fc.uint8Array().map((bytes) => Buffer.from(bytes)),
    ),
  })
  .map(
    ({ type, ...rest }): Disturbance =>
      () => ({ ...rest, headers: { 'content-type': type } }),
  );

const breakings: readonly Disturbance[] = [
  () => {
    throw new ClusterUnreachableError('closes every connection');
  },
  ({ request }) => {
    throw new TypeError(`no connection for ${request.body}`);
  },
  ({ request: { signal }, endRun }) => {
    setImmediate(endRun);
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
 * Answers of an API, of which half are right and the others are what no server sends, or no answer at all.
 *
 * @param read - the keys that are read of the right answers
 */
export function disturbance(read: ReadonlySet<string>): fc.Arbitrary<Disturbance> {
  const right: Disturbance = (asked) => asked.right;
  const mutated = jsonMutation(read).map(
    (mutate): Disturbance =>
      (asked) => {
        const body = mutate(JSON.parse(bytesOf(asked.right).toString()));
        return { ...asked.right, body: Buffer.from(JSON.stringify(body)) };
      },
  );
  const damaged = bytesMutation.map(
    (mutate): Disturbance =>
      (asked) => ({ ...asked.right, body: mutate(bytesOf(asked.right)) }),
  );
  return fc.oneof(
    { weight: 6, arbitrary: fc.constant(right) },
    { weight: 4, arbitrary: mutated },
    { weight: 1, arbitrary: damaged },
    { weight: 1, arbitrary: refusal },
    { weight: 1, arbitrary: quotation },
    { weight: 1, arbitrary: flood },
    { weight: 1, arbitrary: something },
    { weight: 1, arbitrary: fc.constantFrom(...breakings) },
  );
}
