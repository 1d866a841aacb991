import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createFailureLog } from '../../forwarder/failure-log.ts';
import { createLog } from '../../forwarder/log.ts';
import type { SeenRequest } from '../../forwarder/sending/batch.ts';
import { followWatch } from '../../forwarder/watching/follow-watch.ts';
import { AWSIAMROLES, PENDING_PODS } from '../../forwarder/watching/watched-resource.ts';
import { NOW } from '../support/builders/builders.ts';
import { FOREVER } from '../unit/kubernetes/fake-connection.ts';
import { recordedJson } from '../unit/kubernetes/lists/recorded-list.ts';
import { arbitraryValue } from './arbitrary-values.ts';
import { mutatedBytes } from './mutated-bytes.ts';
import { mutatedJson } from './mutated-json.ts';
import { numRuns } from './num-runs.ts';

const READ: ReadonlySet<string> = new Set([
  ...['type', 'object', 'metadata', 'name', 'namespace', 'uid', 'resourceVersion', 'generation'],
  ...['spec', 'volumes', 'secret', 'secretName', 'projected', 'sources', 'status'],
  ...['observedGeneration', 'code', 'message', 'details', 'retryAfterSeconds', 'deletionTimestamp'],
]);

const pods = recordedJson('pods-2').items ?? [];
const status = {
  kind: 'Status',
  code: 410,
  message: 'too old resource version',
  details: { retryAfterSeconds: 1 },
};
const event = fc.oneof(
  fc.constantFrom(...pods).map((object) => ({ type: 'ADDED', object })),
  fc.constant({ type: 'BOOKMARK', object: { metadata: { resourceVersion: '7' } } }),
  fc.constant({ type: 'ERROR', object: status }),
);
const line = fc.oneof(
  event.chain((valid) => mutatedJson(valid, READ)).map((value) => JSON.stringify(value)),
  event.map((valid) => JSON.stringify(valid)),
  arbitraryValue.map((value) => JSON.stringify(value)),
  arbitraryValue.map((message) =>
    JSON.stringify({ type: 'ERROR', object: { ...status, code: message, message } }),
  ),
  fc.constant(JSON.stringify({ type: 'ERROR', object: { message: 'x'.repeat(300_000) } })),
  fc.constantFrom('', '\0', '{', '[]', '\ud800'),
);
const stream = fc
  .array(line, { maxLength: 6 })
  .map((lines) => Buffer.from(lines.map((text) => `${text}\n`).join('')));
const body = fc.oneof(stream, stream.chain(mutatedBytes));

/** Splits the bytes into chunks of these sizes, in turn. */
function* chunksOf(bytes: Buffer, sizes: readonly number[]): Generator<Buffer> {
  for (let at = 0, turn = 0; at < bytes.length; turn += 1) {
    const size = sizes[turn % sizes.length] ?? 1;
    yield bytes.subarray(at, at + size);
    at += size;
  }
}

describe('a watch of arbitrary bytes', () => {
  it.each([PENDING_PODS, AWSIAMROLES])(
    'ends, and returns only valid requests, for $description',
    async (resource) => {
      const sizes = fc.array(fc.integer({ min: 50, max: 70_000 }), { minLength: 1, maxLength: 5 });
      await fc.assert(
        fc.asyncProperty(body, sizes, async (bytes, cuts) => {
          const seen: SeenRequest[] = [];
          const lines: string[] = [];
          const deps = {
            resource,
            open: async () => ({
              status: 200,
              retryAfter: undefined,
              discard() {},
              body: (async function* chunks() {
                yield* chunksOf(bytes, cuts);
              })(),
            }),
            changed: (change: Parameters<typeof resource.findRequests>[0]) =>
              void seen.push(...resource.findRequests(change, NOW)),
            opened() {},
            received() {},
            unreadable() {},
            oversized() {},
            watchSeconds: 28,
          };
          const end = await followWatch(deps, '1', FOREVER);
          const log = createLog({ now: () => NOW, write: (text) => lines.push(text) });
          createFailureLog({ log, now: () => NOW }, 'watching').failed({
            ...{ reason: end.reason, status: end.status, error: end.error ?? '', remedy: 'none' },
          });
          expect(String(lines[0]).length).toBeLessThan(3_000);
          expect(['string', 'undefined']).toContain(typeof end.resourceVersion);
          if (end.retryAfter !== undefined) expect(end.retryAfter).toMatch(/^\d+$/);
          for (const { request } of seen) {
            for (const value of Object.values(request)) expect(value).toBeTypeOf('string');
          }
        }),
        numRuns(500),
      );
    },
  );

  it('with an endless line is closed, however small its chunks are', async () => {
    let sent = 0;
    const deps = {
      resource: PENDING_PODS,
      open: async () => ({
        status: 200,
        retryAfter: undefined,
        discard() {},
        body: (async function* chunks() {
          for (;;) {
            sent += 4_096;
            yield Buffer.alloc(4_096, 'x');
          }
        })(),
      }),
      changed() {},
      opened() {},
      received() {},
      unreadable() {},
      oversized() {},
      watchSeconds: 28,
    };
    const end = await followWatch(deps, '1', FOREVER);
    expect(end.reason).toBe('broken');
    expect(sent).toBeLessThan(20_000_000);
  });
});
