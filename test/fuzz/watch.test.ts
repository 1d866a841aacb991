import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createLog } from '../../forwarder/log.ts';
import type { SeenRequest } from '../../forwarder/sending/seen-request.ts';
import { createTrouble } from '../../forwarder/trouble.ts';
import { followWatch } from '../../forwarder/watching/follow-watch.ts';
import { AWSIAMROLES, PENDING_PODS } from '../../forwarder/watching/watch-subject.ts';
import { NOW } from '../support/builders.ts';
import { FOREVER } from '../unit/kubernetes/fake-connection.ts';
import { recordedJson } from '../unit/kubernetes/lists/recorded-list.ts';
import { mutatedBytes } from './mutated-bytes.ts';
import { mutatedJson } from './mutated-json.ts';
import { runs } from './runs.ts';
import { strangeValue } from './strange-values.ts';

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
  event.chain((right) => mutatedJson(right, READ)).map((value) => JSON.stringify(value)),
  event.map((right) => JSON.stringify(right)),
  strangeValue.map((value) => JSON.stringify(value)),
  strangeValue.map((message) =>
    JSON.stringify({ type: 'ERROR', object: { ...status, code: message, message } }),
  ),
  fc.constant(JSON.stringify({ type: 'ERROR', object: { message: 'x'.repeat(300_000) } })),
  fc.constantFrom('', '\0', '{', '[]', '\ud800'),
);
const stream = fc
  .array(line, { maxLength: 6 })
  .map((lines) => Buffer.from(lines.map((text) => `${text}\n`).join('')));
const body = fc.oneof(stream, stream.chain(mutatedBytes));

/** Cuts the bytes into pieces of the sizes, in turn. */
function* pieces(bytes: Buffer, sizes: readonly number[]): Generator<Buffer> {
  for (let at = 0, turn = 0; at < bytes.length; turn += 1) {
    const size = sizes[turn % sizes.length] ?? 1;
    yield bytes.subarray(at, at + size);
    at += size;
  }
}

describe('a watch of anything', () => {
  it.each([PENDING_PODS, AWSIAMROLES])(
    'ends, and names possible wants only, of $what',
    async (subject) => {
      const sizes = fc.array(fc.integer({ min: 50, max: 70_000 }), { minLength: 1, maxLength: 5 });
      await fc.assert(
        fc.asyncProperty(body, sizes, async (bytes, cuts) => {
          const wants: SeenRequest[] = [];
          const lines: string[] = [];
          const deps = {
            subject,
            open: async () => ({
              status: 200,
              retryAfter: undefined,
              discard() {},
              body: (async function* chunks() {
                yield* pieces(bytes, cuts);
              })(),
            }),
            see: (sight: Parameters<typeof subject.findWants>[0]) =>
              void wants.push(...subject.findWants(sight, NOW)),
            opened() {},
            heard() {},
            unreadable() {},
            watchSeconds: 28,
          };
          const end = await followWatch(deps, '1', FOREVER);
          const log = createLog({ now: () => NOW, write: (text) => lines.push(text) });
          createTrouble({ log, now: () => NOW }, 'watching').begin({
            ...{ reason: end.reason, status: end.status, error: end.error ?? '', remedy: 'none' },
          });
          expect(String(lines[0]).length).toBeLessThan(3_000);
          expect(['string', 'undefined']).toContain(typeof end.version);
          if (end.retryAfter !== undefined) expect(end.retryAfter).toMatch(/^\d+$/);
          for (const { request: want } of wants) {
            for (const value of Object.values(want)) expect(value).toBeTypeOf('string');
          }
        }),
        runs(500),
      );
    },
  );

  it('that never ends a line is given up, however small its pieces are', async () => {
    let given = 0;
    const deps = {
      subject: PENDING_PODS,
      open: async () => ({
        status: 200,
        retryAfter: undefined,
        discard() {},
        body: (async function* chunks() {
          for (;;) {
            given += 4_096;
            yield Buffer.alloc(4_096, 'x');
          }
        })(),
      }),
      see() {},
      opened() {},
      heard() {},
      unreadable() {},
      watchSeconds: 28,
    };
    const end = await followWatch(deps, '1', FOREVER);
    expect(end.reason).toBe('broken');
    expect(given).toBeLessThan(20_000_000);
  });
});
