import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type CredentialRequest,
  MAX_DETAIL_BYTES,
  MAX_REQUESTS,
  requestedSecretName,
} from '../../../../contract/pod-event.ts';
import { detailOf, firstBatch } from '../../../../forwarder/sending/batch.ts';
import { createOutbox } from '../../../../forwarder/sending/outbox.ts';
import type { SeenRequest } from '../../../../forwarder/sending/seen-request.ts';

const START = Date.parse('2026-11-23T12:00:00Z');

/** An outbox whose requests and pauses end when the test says so. */
function anOutbox() {
  let now = START;
  const batches: (readonly CredentialRequest[])[] = [];
  const requests: PromiseWithResolvers<void>[] = [];
  const pauses: { milliseconds: number; signal: AbortSignal | undefined; end: () => void }[] = [];
  const dropped: string[] = [];
  const accepted: string[] = [];
  const outbox = createOutbox({
    now: () => new Date(now),
    random: () => 0,
    sleep(milliseconds, signal) {
      const { promise, resolve } = Promise.withResolvers<void>();
      signal?.addEventListener('abort', () => resolve());
      pauses.push({ milliseconds, signal, end: resolve });
      return promise;
    },
    send(wants) {
      batches.push(wants);
      const request = Promise.withResolvers<void>();
      requests.push(request);
      return request.promise;
    },
    accepted: (want) => void accepted.push(requestedSecretName(want)),
    dropped: (reason) => void dropped.push(reason),
    failed() {},
  });
  const seenAt = () => new Date(now).toISOString();
  const want = (secret: string, pod = 'pod', namespace = 'shop'): SeenRequest => ({
    request: { namespace, secret, pod, seenAt: seenAt() },
    occasion: '',
  });
  const resource = (awsIamRole: string, occasion: string): SeenRequest => ({
    request: { namespace: 'shop', awsIamRole, seenAt: seenAt() },
    occasion,
  });
  return {
    outbox,
    pauses,
    dropped,
    accepted,
    want,
    resource,
    add: (...secrets: string[]) => outbox.add(secrets.map((secret) => want(secret))),
    advance: (milliseconds: number) => {
      now += milliseconds;
    },
    /** The Secrets of each request so far. */
    sent: () => batches.map((batch) => batch.map(requestedSecretName)),
    accept: () => settle(() => requests.shift()?.resolve()),
    refuse: () => settle(() => requests.shift()?.reject(new Error('not now'))),
    endPause: () => settle(() => pauses.shift()?.end()),
  };
}

/** Lets everything happen that waits for nothing from outside. */
async function settle(act: () => void = () => {}): Promise<void> {
  act();
  await new Promise((resolve) => setImmediate(resolve));
}

describe('createOutbox', () => {
  it('sends the first want at once and collects the others until its request ends', async () => {
    const { add, sent, accept, outbox } = anOutbox();
    add('a');
    await Promise.resolve();
    expect(sent()).toEqual([['a']]);
    add('b');
    add('c');
    await settle();
    expect(sent()).toEqual([['a']]);
    expect(outbox.waiting).toBe(3);
    await accept();
    expect(sent()).toEqual([['a'], ['b', 'c']]);
    await accept();
    expect(outbox.waiting).toBe(0);
  });

  it('sends together what comes together', async () => {
    const { add, sent } = anOutbox();
    add('a');
    add('b');
    await settle();
    expect(sent()).toEqual([['a', 'b']]);
  });

  it('sends again after it has been empty', async () => {
    const { add, sent, accept } = anOutbox();
    for (const name of ['a', 'b', 'c']) {
      add(name);
      await settle();
      await accept();
    }
    expect(sent()).toEqual([['a'], ['b'], ['c']]);
  });

  it.each([0, 1, 2, 3, 4, 5, 6, 7, 8])(
    'forgets no want that comes %i turns after an answer',
    async (turns) => {
      const { add, sent, accept } = anOutbox();
      add('a');
      await settle();
      const accepting = accept();
      for (let turn = 0; turn < turns; turn += 1) await Promise.resolve();
      add('b');
      await accepting;
      expect(sent()).toEqual([['a'], ['b']]);
    },
  );

  it('names one pod for each Secret, the first', async () => {
    const { outbox, want, sent, dropped } = anOutbox();
    outbox.add([want('a', 'first'), want('a', 'second')]);
    await settle();
    outbox.add([want('a', 'third')]);
    await settle();
    expect(sent()).toEqual([['a']]);
    expect(dropped).toEqual(['repeated', 'repeated']);
  });

  it('keeps Secrets of one name in two namespaces apart', async () => {
    const { outbox, want, sent } = anOutbox();
    outbox.add([want('a'), want('a', 'pod', 'other')]);
    await settle();
    expect(sent()).toEqual([['a', 'a']]);
  });

  it('keeps a pod and a resource that want Secrets of one name apart', async () => {
    const { outbox, want, resource, sent, accept, dropped } = anOutbox();
    outbox.add([want('a'), resource('a', 'uid/1')]);
    await settle();
    expect(sent()).toEqual([['a', 'a']]);
    await accept();
    outbox.add([want('a'), resource('a', 'uid/1')]);
    await settle();
    expect(dropped).toEqual(['repeated', 'repeated']);
  });

  it('sends a resource that was changed again, however soon, and never twice in one event', async () => {
    const { outbox, resource, sent, accept, dropped } = anOutbox();
    outbox.add([resource('a', 'uid/1'), resource('a', 'uid/2')]);
    await settle();
    expect(dropped).toEqual(['repeated']);
    await accept();
    outbox.add([resource('a', 'uid/3')]);
    await settle();
    await accept();
    outbox.add([resource('a', 'uid/3')]);
    await settle();
    expect(sent()).toEqual([['a'], ['a']]);
  });

  it('leaves out what was accepted in the last 10 s', async () => {
    const { add, sent, accept, advance } = anOutbox();
    add('a');
    await settle();
    await accept();
    advance(9_999);
    add('a');
    await settle();
    expect(sent()).toHaveLength(1);
    advance(1);
    add('a');
    await settle();
    expect(sent()).toEqual([['a'], ['a']]);
  });

  it('tries again what was not accepted, with pauses that double, and takes along what came since', async () => {
    const { add, sent, refuse, accept, pauses, endPause, accepted } = anOutbox();
    add('a');
    await settle();
    await refuse();
    expect(pauses.map(({ milliseconds }) => milliseconds)).toEqual([100]);
    add('b', 'a');
    await settle();
    expect(sent()).toHaveLength(1);
    await endPause();
    await refuse();
    expect(pauses.map(({ milliseconds }) => milliseconds)).toEqual([200]);
    await endPause();
    await accept();
    expect(sent()).toEqual([['a'], ['a', 'b'], ['a', 'b']]);
    expect(accepted).toEqual(['a', 'b']);
  });

  it('begins with a short pause again after a success', async () => {
    const { add, refuse, accept, pauses, endPause } = anOutbox();
    add('a');
    await settle();
    await refuse();
    await endPause();
    await accept();
    add('b');
    await settle();
    await refuse();
    expect(pauses.map(({ milliseconds }) => milliseconds)).toEqual([100]);
  });

  it('drops a want that is older than a minute', async () => {
    const { add, sent, refuse, advance, endPause, dropped, outbox } = anOutbox();
    add('a');
    await settle();
    await refuse();
    advance(30_000);
    add('b');
    advance(30_001);
    await endPause();
    expect(dropped).toEqual(['old']);
    expect(sent()).toEqual([['a'], ['b']]);
    await refuse();
    advance(60_000);
    await endPause();
    expect(outbox.waiting).toBe(0);
  });

  it('holds 10,000 wants at most, those under way included', async () => {
    const { outbox, want, dropped } = anOutbox();
    outbox.add([want('first')]);
    await settle();
    outbox.add(Array.from({ length: 10_000 }, (_, index) => want(`s${index}`)));
    expect(outbox.waiting).toBe(10_000);
    expect(dropped).toEqual(['full']);
  });

  describe('flush', () => {
    it('waits for what is under way and what waits', async () => {
      const { add, accept, outbox, sent } = anOutbox();
      add('a');
      await settle();
      add('b');
      const unsent = outbox.flush(5_000);
      await accept();
      await accept();
      expect(await unsent).toBe(0);
      expect(sent()).toEqual([['a'], ['b']]);
    });

    it('does not wait out a pause', async () => {
      const { add, refuse, accept, outbox, sent } = anOutbox();
      add('a');
      await settle();
      await refuse();
      const unsent = outbox.flush(5_000);
      await settle();
      expect(sent()).toHaveLength(2);
      await accept();
      expect(await unsent).toBe(0);
    });

    it('gives up when its time is over, and says how many are left', async () => {
      const { add, outbox, pauses } = anOutbox();
      add('a', 'b');
      await settle();
      const unsent = outbox.flush(5_000);
      const deadline = pauses.find(({ milliseconds }) => milliseconds === 5_000);
      deadline?.end();
      expect(await unsent).toBe(2);
    });

    it('is over at once when nothing waits', async () => {
      expect(await anOutbox().outbox.flush(5_000)).toBe(0);
    });
  });
});

describe('the batches of an outbox', () => {
  const aName = (longest: number) =>
    fc.string({
      minLength: 1,
      maxLength: longest,
      unit: fc.constantFrom('a', '-', 'é', '🙂', '"', '\\'),
    });
  const seenAt = fc.constant(new Date(START).toISOString());
  const aPodWant: fc.Arbitrary<CredentialRequest> = fc.record({
    namespace: aName(63),
    secret: aName(253),
    pod: fc.oneof(aName(253), fc.constantFrom('p'.repeat(253), '"'.repeat(253))),
    seenAt,
  });
  const aResourceWant: fc.Arbitrary<CredentialRequest> = fc.record({
    namespace: aName(63),
    awsIamRole: aName(253),
    seenAt,
  });
  const aWant = fc.oneof(aPodWant, aResourceWant);

  it('hold no more than an event may, and nothing is lost or sent twice', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.uniqueArray(aWant, {
          maxLength: 1_500,
          size: 'max',
          selector: (want) => `${'pod' in want} ${want.namespace}/${requestedSecretName(want)}`,
        }),
        fc.infiniteStream(fc.boolean()),
        async (wants, failures) => {
          // Looked at later: what is thrown where it is sent would be tried again for ever.
          const tried: (readonly CredentialRequest[])[] = [];
          const taken: CredentialRequest[] = [];
          const outbox = createOutbox({
            now: () => new Date(START),
            random: () => 0,
            sleep: async () => {},
            async send(batch) {
              tried.push(batch);
              if (failures.next().value) throw new Error('not now');
              taken.push(...batch);
            },
            accepted() {},
            dropped() {},
            failed() {},
          });
          outbox.add(wants.map((want) => ({ request: want, occasion: '' })));
          while (outbox.waiting > 0) await settle();
          expect(taken).toEqual(wants);
          for (const batch of tried) {
            expect(batch.length).toBeGreaterThan(0);
            expect(batch.length).toBeLessThanOrEqual(MAX_REQUESTS);
            expect(Buffer.byteLength(detailOf(batch))).toBeLessThanOrEqual(MAX_DETAIL_BYTES);
          }
        },
      ),
      // A smaller set of wants would show no more.
      { numRuns: 30, endOnFailure: true },
    );
  });

  it('are as large as they may be', () => {
    const wants = (pod: string) =>
      Array.from({ length: 1_000 }, (_, index) => ({
        request: { namespace: 'n', secret: `s${index}`, pod, seenAt: 'now' },
        occasion: '',
      }));
    expect(firstBatch(wants('p'))).toHaveLength(MAX_REQUESTS);
    const long = firstBatch(wants('p'.repeat(1_000)));
    const bytes = Buffer.byteLength(detailOf(long.map(({ request: want }) => want)));
    expect(bytes).toBeLessThanOrEqual(MAX_DETAIL_BYTES);
    expect(bytes).toBeGreaterThan(MAX_DETAIL_BYTES - 1_100);
  });
});
