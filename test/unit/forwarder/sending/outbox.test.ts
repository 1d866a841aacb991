import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BUDGET } from '../../../../contract/budgets.ts';
import {
  type CredentialRequest,
  MAX_DETAIL_BYTES,
  MAX_REQUESTS,
  requestedSecretName,
} from '../../../../contract/pod-event.ts';
import { detailOf, firstBatch, type SeenRequest } from '../../../../forwarder/sending/batch.ts';
import { createOutbox } from '../../../../forwarder/sending/outbox.ts';
import { withTurns } from '../../../../lambda/turns.ts';

const START = Date.parse('2026-11-23T12:00:00Z');

/** Creates an outbox whose PutEvents requests and delays end when the test calls for it. */
function createTestOutbox() {
  let now = START;
  const batches: (readonly CredentialRequest[])[] = [];
  const puts: PromiseWithResolvers<void>[] = [];
  const delays: { milliseconds: number; signal: AbortSignal | undefined; end: () => void }[] = [];
  const dropped: string[] = [];
  const exceeded: string[] = [];
  const accepted: string[] = [];
  const outbox = createOutbox({
    now: () => new Date(now),
    random: () => 0,
    sleep(milliseconds, signal) {
      const { promise, resolve } = Promise.withResolvers<void>();
      signal?.addEventListener('abort', () => resolve());
      delays.push({ milliseconds, signal, end: resolve });
      return promise;
    },
    send(requests) {
      batches.push(requests);
      const put = Promise.withResolvers<void>();
      puts.push(put);
      return put.promise;
    },
    accepted: (request) => void accepted.push(requestedSecretName(request)),
    dropped: (reason) => void dropped.push(reason),
    exceeded: (namespace) => void exceeded.push(namespace),
    failed() {},
  });
  const seenAt = () => new Date(now).toISOString();
  const podRequest = (secret: string, pod = 'pod', namespace = 'shop'): SeenRequest => ({
    request: { namespace, secret, pod, seenAt: seenAt() },
    cause: '',
  });
  const resourceRequest = (awsIamRole: string, cause: string): SeenRequest => ({
    request: { namespace: 'shop', awsIamRole, seenAt: seenAt() },
    cause,
  });
  return {
    outbox,
    delays,
    dropped,
    exceeded,
    accepted,
    podRequest,
    resourceRequest,
    add: (...secrets: string[]) => outbox.add(secrets.map((secret) => podRequest(secret))),
    advance: (milliseconds: number) => {
      now += milliseconds;
    },
    /** The Secrets of each PutEvents request so far. */
    sent: () => batches.map((batch) => batch.map(requestedSecretName)),
    accept: () => settle(() => puts.shift()?.resolve()),
    refuse: () => settle(() => puts.shift()?.reject(new Error('refused'))),
    endDelay: () => settle(() => delays.shift()?.end()),
  };
}

/** Runs everything that does not wait for something external. */
async function settle(act: () => void = () => {}): Promise<void> {
  act();
  await new Promise((resolve) => setImmediate(resolve));
}

describe('createOutbox', () => {
  it('sends the first request at once and collects others while it is in flight', async () => {
    const { add, sent, accept, outbox } = createTestOutbox();
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

  it('sends requests that arrive together in one event', async () => {
    const { add, sent } = createTestOutbox();
    add('a');
    add('b');
    await settle();
    expect(sent()).toEqual([['a', 'b']]);
  });

  it('sends again after it was empty', async () => {
    const { add, sent, accept } = createTestOutbox();
    for (const name of ['a', 'b', 'c']) {
      add(name);
      await settle();
      await accept();
    }
    expect(sent()).toEqual([['a'], ['b'], ['c']]);
  });

  it.each([0, 1, 2, 3, 4, 5, 6, 7, 8])(
    'loses no request that arrives %i turns after a response',
    async (turns) => {
      const { add, sent, accept } = createTestOutbox();
      add('a');
      await settle();
      const accepting = accept();
      for (let turn = 0; turn < turns; turn += 1) await Promise.resolve();
      add('b');
      await accepting;
      expect(sent()).toEqual([['a'], ['b']]);
    },
  );

  it('sends the first pod that requests a Secret', async () => {
    const { outbox, podRequest, sent, dropped } = createTestOutbox();
    outbox.add([podRequest('a', 'first'), podRequest('a', 'second')]);
    await settle();
    outbox.add([podRequest('a', 'third')]);
    await settle();
    expect(sent()).toEqual([['a']]);
    expect(dropped).toEqual(['repeated', 'repeated']);
  });

  it('distinguishes Secrets of the same name in two namespaces', async () => {
    const { outbox, podRequest, sent } = createTestOutbox();
    outbox.add([podRequest('a'), podRequest('a', 'pod', 'other')]);
    await settle();
    expect(sent()).toEqual([['a', 'a']]);
  });

  it('distinguishes a pod and an AWSIAMRole that request Secrets of the same name', async () => {
    const { outbox, podRequest, resourceRequest, sent, accept, dropped } = createTestOutbox();
    outbox.add([podRequest('a'), resourceRequest('a', 'uid/1')]);
    await settle();
    expect(sent()).toEqual([['a', 'a']]);
    await accept();
    outbox.add([podRequest('a'), resourceRequest('a', 'uid/1')]);
    await settle();
    expect(dropped).toEqual(['repeated', 'repeated']);
  });

  it('sends a resource again after each change, but only once in an event', async () => {
    const { outbox, resourceRequest, sent, accept, dropped } = createTestOutbox();
    outbox.add([resourceRequest('a', 'uid/1'), resourceRequest('a', 'uid/2')]);
    await settle();
    expect(dropped).toEqual(['repeated']);
    await accept();
    outbox.add([resourceRequest('a', 'uid/3')]);
    await settle();
    await accept();
    outbox.add([resourceRequest('a', 'uid/3')]);
    await settle();
    expect(sent()).toEqual([['a'], ['a']]);
  });

  it('drops what was accepted in the last 10 s', async () => {
    const { add, sent, accept, advance } = createTestOutbox();
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

  it('retries what was not accepted, with exponential backoff and what arrived since', async () => {
    const { add, sent, refuse, accept, delays, endDelay, accepted } = createTestOutbox();
    add('a');
    await settle();
    await refuse();
    expect(delays.map(({ milliseconds }) => milliseconds)).toEqual([100]);
    add('b', 'a');
    await settle();
    expect(sent()).toHaveLength(1);
    await endDelay();
    await refuse();
    expect(delays.map(({ milliseconds }) => milliseconds)).toEqual([200]);
    await endDelay();
    await accept();
    expect(sent()).toEqual([['a'], ['a', 'b'], ['a', 'b']]);
    expect(accepted).toEqual(['a', 'b']);
  });

  it('starts with a short delay again after a success', async () => {
    const { add, refuse, accept, delays, endDelay } = createTestOutbox();
    add('a');
    await settle();
    await refuse();
    await endDelay();
    await accept();
    add('b');
    await settle();
    await refuse();
    expect(delays.map(({ milliseconds }) => milliseconds)).toEqual([100]);
  });

  it('drops a request that is older than a minute', async () => {
    const { add, sent, refuse, advance, endDelay, dropped, outbox } = createTestOutbox();
    add('a');
    await settle();
    await refuse();
    advance(30_000);
    add('b');
    advance(30_001);
    await endDelay();
    expect(dropped).toEqual(['old']);
    expect(sent()).toEqual([['a'], ['b']]);
    await refuse();
    advance(60_000);
    await endDelay();
    expect(outbox.waiting).toBe(0);
  });

  it('contains at most 10,000 requests, those in flight included', async () => {
    const { outbox, podRequest, dropped } = createTestOutbox();
    outbox.add([podRequest('first')]);
    await settle();
    outbox.add(Array.from({ length: 10_000 }, (_, index) => podRequest('a', 'pod', `n${index}`)));
    expect(outbox.waiting).toBe(10_000);
    expect(dropped).toEqual(['full']);
  });

  describe('a namespace that floods', () => {
    /** Requests of pods that each need another Secret. */
    const many = (
      podRequest: (secret: string, pod: string, namespace: string) => SeenRequest,
      count: number,
      namespace = 'flood',
      prefix = 's',
    ) =>
      Array.from({ length: count }, (_, index) =>
        podRequest(`${prefix}${index}`, `p${index}`, namespace),
      );

    const LIMIT = BUDGET.requestsPerNamespacePerMinute;

    it(`sends at most ${LIMIT} requests within a minute, and is reported once in it`, async () => {
      const { outbox, podRequest, dropped, exceeded, accepted, accept, advance } =
        createTestOutbox();
      outbox.add(many(podRequest, LIMIT + 200));
      expect(dropped).toEqual(Array(200).fill('budget'));
      expect(exceeded).toEqual(['flood']);
      await settle();
      await accept();
      advance(59_999);
      outbox.add(many(podRequest, 10, 'flood', 't'));
      expect(dropped).toHaveLength(210);
      expect(exceeded).toEqual(['flood']);
      advance(1);
      outbox.add(many(podRequest, LIMIT + 1, 'flood', 'u'));
      await settle();
      await accept();
      expect(accepted).toHaveLength(2 * LIMIT);
      expect(exceeded).toEqual(['flood', 'flood']);
    });

    it('costs a bounded number of events, however often its pods are replaced', async () => {
      const { outbox, podRequest, sent, accept, advance } = createTestOutbox();
      // 30 a second, each of which is accepted before the next one is seen.
      for (let index = 0; index < 1_800; index += 1) {
        outbox.add([podRequest(`s${index}`, `p${index}`, 'flood')]);
        await settle();
        await accept();
        advance(1_000 / 30);
      }
      expect(sent()).toHaveLength(LIMIT);
    });

    it('does not count what is repeated', async () => {
      const { outbox, podRequest, dropped } = createTestOutbox();
      for (let round = 0; round <= LIMIT; round += 1) outbox.add([podRequest('a')]);
      outbox.add(many(podRequest, LIMIT - 1, 'shop'));
      expect(dropped).not.toContain('budget');
    });

    it('uses up neither the budget nor the queue of others', async () => {
      const { outbox, podRequest, sent, dropped } = createTestOutbox();
      outbox.add(many(podRequest, 20_000));
      outbox.add(many(podRequest, LIMIT, 'shop'));
      outbox.add([podRequest('a', 'pod', 'other')]);
      expect(dropped).toEqual(Array(20_000 - LIMIT).fill('budget'));
      await settle();
      expect(sent()[0]).toContain('a');
    });

    it('takes turns with others in an event', async () => {
      const { outbox, podRequest, sent, accept } = createTestOutbox();
      const floods = Math.ceil(MAX_REQUESTS / LIMIT);
      for (let index = 0; index < floods; index += 1) {
        outbox.add(many(podRequest, LIMIT, `flood-${index}`, `f${index}-`));
      }
      outbox.add(many(podRequest, 3, 'shop', 's'));
      outbox.add(many(podRequest, 1, 'other', 'o'));
      await settle();
      const [first = []] = sent();
      expect(first).toHaveLength(MAX_REQUESTS);
      const turns = ['s0', 's1', 's2', 'o0'].map((name) => first.indexOf(name));
      expect(turns).toEqual([floods, 2 * floods + 2, 3 * floods + 3, floods + 1]);
      await accept();
      expect(sent()[1]).toHaveLength(floods * LIMIT + 4 - MAX_REQUESTS);
    });

    it('is dropped when it is old, although younger requests of others are in front of it', async () => {
      const { outbox, podRequest, sent, refuse, endDelay, advance, dropped } = createTestOutbox();
      for (const index of [0, 1, 2]) {
        outbox.add(many(podRequest, LIMIT, `flood-${index}`, `f${index}-`));
      }
      await settle();
      await refuse();
      advance(30_000);
      outbox.add([podRequest('young', 'pod', 'shop')]);
      await endDelay();
      expect(sent().at(-1)).toContain('young');
      await refuse();
      advance(30_001);
      await endDelay();
      expect(dropped).toEqual(Array(3 * LIMIT).fill('old'));
      expect(sent().at(-1)).toEqual(['young']);
    });
  });

  describe('flush', () => {
    it('waits for what is in flight and what waits', async () => {
      const { add, accept, outbox, sent } = createTestOutbox();
      add('a');
      await settle();
      add('b');
      const unsent = outbox.flush(5_000);
      await accept();
      await accept();
      expect(await unsent).toBe(0);
      expect(sent()).toEqual([['a'], ['b']]);
    });

    it('does not wait for a delay', async () => {
      const { add, refuse, accept, outbox, sent } = createTestOutbox();
      add('a');
      await settle();
      await refuse();
      const unsent = outbox.flush(5_000);
      await settle();
      expect(sent()).toHaveLength(2);
      await accept();
      expect(await unsent).toBe(0);
    });

    it('gives up after its time, and returns the number of unsent requests', async () => {
      const { add, outbox, delays } = createTestOutbox();
      add('a', 'b');
      await settle();
      const unsent = outbox.flush(5_000);
      const deadline = delays.find(({ milliseconds }) => milliseconds === 5_000);
      deadline?.end();
      expect(await unsent).toBe(2);
    });

    it('resolves at once when nothing waits', async () => {
      expect(await createTestOutbox().outbox.flush(5_000)).toBe(0);
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
  const podRequests: fc.Arbitrary<CredentialRequest> = fc.record({
    namespace: aName(63),
    secret: aName(253),
    pod: fc.oneof(aName(253), fc.constantFrom('p'.repeat(253), '"'.repeat(253))),
    seenAt,
  });
  const resourceRequests: fc.Arbitrary<CredentialRequest> = fc.record({
    namespace: aName(63),
    awsIamRole: aName(253),
    seenAt,
  });
  const anyRequest = fc.oneof(podRequests, resourceRequests);

  it('stay within the limits of an event, and nothing is lost or sent twice', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.uniqueArray(anyRequest, {
          maxLength: 1_500,
          size: 'max',
          selector: (request) =>
            `${'pod' in request} ${request.namespace}/${requestedSecretName(request)}`,
        }),
        fc.infiniteStream(fc.boolean()),
        async (requests, failures) => {
          // Checked later: an assertion that fails in `send` would be retried forever.
          const attempted: (readonly CredentialRequest[])[] = [];
          const acceptedRequests: CredentialRequest[] = [];
          const outbox = createOutbox({
            now: () => new Date(START),
            random: () => 0,
            sleep: async () => {},
            async send(batch) {
              attempted.push(batch);
              if (failures.next().value) throw new Error('refused');
              acceptedRequests.push(...batch);
            },
            accepted() {},
            dropped() {},
            exceeded() {},
            failed() {},
          });
          outbox.add(requests.map((request) => ({ request, cause: '' })));
          while (outbox.waiting > 0) await settle();
          const inNamespaces = (all: readonly CredentialRequest[]) =>
            Map.groupBy(all, ({ namespace }) => namespace);
          // In their order within a namespace.
          const withinBudget = withTurns(requests, ({ namespace }) => namespace)
            .filter(({ turn }) => turn < BUDGET.requestsPerNamespacePerMinute)
            .map(({ item }) => item);
          expect(inNamespaces(acceptedRequests)).toEqual(inNamespaces(withinBudget));
          for (const batch of attempted) {
            expect(batch.length).toBeGreaterThan(0);
            expect(batch.length).toBeLessThanOrEqual(MAX_REQUESTS);
            expect(Buffer.byteLength(detailOf(batch))).toBeLessThanOrEqual(MAX_DETAIL_BYTES);
          }
        },
      ),
      // Shrinking to fewer requests would not help to understand a failure.
      { numRuns: 30, endOnFailure: true },
    );
  });

  it('are as large as the limits allow', () => {
    const requests = (pod: string) =>
      Array.from({ length: 1_000 }, (_, index) => ({
        request: { namespace: 'n', secret: `s${index}`, pod, seenAt: 'now' },
        cause: '',
      }));
    expect(firstBatch(requests('p'))).toHaveLength(MAX_REQUESTS);
    const long = firstBatch(requests('p'.repeat(1_000)));
    const bytes = Buffer.byteLength(detailOf(long.map(({ request }) => request)));
    expect(bytes).toBeLessThanOrEqual(MAX_DETAIL_BYTES);
    expect(bytes).toBeGreaterThan(MAX_DETAIL_BYTES - 1_100);
  });
});
