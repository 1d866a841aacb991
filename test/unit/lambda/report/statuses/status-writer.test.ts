import { beforeEach, describe, expect, it } from 'vitest';
import type { ItemOutcome } from '../../../../../lambda/act/item-outcome.ts';
import { createStatusWriter } from '../../../../../lambda/report/statuses/status-writer.ts';
import {
  anAwsIamRole,
  BASE_ROLE_ARN,
  minutes,
  NOW,
} from '../../../../support/builders/builders.ts';
import {
  type Answer,
  FOREVER,
  fakeConnection,
  statusAnswer,
} from '../../../kubernetes/fake-connection.ts';

let answer: Answer;
beforeEach(() => {
  answer = { body: {} };
});

function aWriter(now: () => Date = () => NOW) {
  const connection = fakeConnection(() => answer);
  return { connection, ...createStatusWriter(connection, now) };
}

function created(name: string, expiresAt = minutes(60)): ItemOutcome {
  return {
    action: 'create',
    namespace: 'shop',
    name,
    role: name,
    roleArn: BASE_ROLE_ARN + name,
    sessionSeconds: 3_600,
    awsIamRole: anAwsIamRole(name),
    result: 'created',
    expiresAt,
  };
}

describe('createStatusWriter', () => {
  it('patches the status with the uid of the resource that was read', async () => {
    const { connection, write } = aWriter();
    expect(await write([created('orders')], FOREVER)).toEqual([]);
    const [request] = connection.requests;
    expect(request).toMatchObject({
      method: 'PATCH',
      path: '/apis/zalando.org/v1/namespaces/shop/awsiamroles/orders/status?fieldManager=kube-aws-iam',
      headers: { 'content-type': 'application/merge-patch+json' },
    });
    expect(JSON.parse(request?.body ?? '')).toMatchObject({
      metadata: { uid: 'uid-of-orders' },
      status: { observedGeneration: 1, expiration: '2026-11-23T13:00:00Z' },
    });
  });

  it('does not repeat a write of which the server drops a part', async () => {
    let now = NOW;
    const { connection, write } = aWriter(() => now);
    await write([created('orders')], FOREVER);
    now = minutes(1);
    await write([created('orders')], FOREVER);
    expect(connection.requests).toHaveLength(1);
    await write([created('orders', minutes(90))], FOREVER);
    expect(connection.requests).toHaveLength(2);
  });

  it('repeats a write after another client has overwritten the status', async () => {
    const { connection, write } = aWriter();
    await write([created('orders')], FOREVER);
    const forged = { ...anAwsIamRole('orders'), status: { observedGeneration: 7 } };
    await write([{ ...created('orders'), awsIamRole: forged }], FOREVER);
    expect(connection.requests).toHaveLength(2);
  });

  it('stops after ten failures', async () => {
    answer = { ...statusAnswer(403, 'Forbidden') };
    const connection = fakeConnection(({ path }) => statusAnswer(403, `Forbidden${path.length}`));
    const { write } = createStatusWriter(connection, () => NOW);
    const many = Array.from({ length: 100 }, (_, i) => created('x'.repeat(i + 1)));
    expect((await write(many, FOREVER)).length).toBeLessThan(20);
    expect(connection.requests.length).toBeLessThan(20);
  });

  it('stops after ten failures with the same message', async () => {
    const connection = fakeConnection(() => Promise.reject(new Error('unreachable')));
    const { write } = createStatusWriter(connection, () => NOW);
    const many = Array.from({ length: 100 }, (_, i) => created(`orders-${i}`));
    expect(await write(many, FOREVER)).toEqual(['unreachable']);
    expect(connection.requests.length).toBeLessThan(20);
  });

  it('writes those of other namespaces, if the server rejects all of one', async () => {
    const connection = fakeConnection(({ path }) =>
      path.includes('/flood/') ? statusAnswer(422, 'too large') : { body: {} },
    );
    const { write } = createStatusWriter(connection, () => NOW);
    const inNamespace = (namespace: string, name: string): ItemOutcome => {
      const awsIamRole = { ...anAwsIamRole(name), namespace };
      return { ...created(name), namespace, awsIamRole };
    };
    const flood = Array.from({ length: 2_000 }, (_, i) => inNamespace('flood', `r${i}`));
    expect(await write([...flood, inNamespace('bank', 'orders')], FOREVER)).toHaveLength(1);
    const paths = connection.requests.map(({ path }) => path);
    expect(paths.filter((path) => path.includes('/bank/'))).toHaveLength(1);
    expect(paths.length).toBeLessThan(20);
    // Namespaces take turns.
    expect(paths.slice(0, 8).some((path) => path.includes('/bank/'))).toBe(true);
  });

  it('stops if the server rejects those of ten namespaces', async () => {
    const connection = fakeConnection(() => Promise.reject(new Error('unreachable')));
    const { write } = createStatusWriter(connection, () => NOW);
    const many = Array.from({ length: 1_000 }, (_, i) => ({
      ...created('orders'),
      namespace: `ns-${i}`,
    }));
    await write(many, FOREVER);
    expect(connection.requests.length).toBeLessThan(20);
  });

  it.each([404, 409])('ignores %i, as the resource was deleted', async (status) => {
    answer = statusAnswer(status, 'x');
    expect(await aWriter().write([created('orders')], FOREVER)).toEqual([]);
  });

  it('leaves statuses to the next pass in a namespace whose writes take long', async () => {
    let now = NOW;
    const connection = fakeConnection(() => {
      now = new Date(now.getTime() + 700);
      return answer;
    });
    const { write } = createStatusWriter(connection, () => now);
    const ofShop = Array.from({ length: 40 }, (_, i) => created(`app-${i}`));
    const ofBank = { ...created('orders'), namespace: 'bank' };
    const resource = { ...anAwsIamRole('orders'), namespace: 'bank' };
    const outcomes = [...ofShop, { ...ofBank, awsIamRole: resource }];
    expect(await write(outcomes, FOREVER)).toEqual([]);
    const first = connection.requests.length;
    expect(first).toBeLessThan(20);
    expect(connection.requests.some(({ path }) => path.includes('/bank/'))).toBe(true);
    for (let pass = 0; pass < 20; pass++) await write(outcomes, FOREVER);
    expect(new Set(connection.requests.map(({ path }) => path)).size).toBe(outcomes.length);
  });

  it('returns each failure message once, and retries in the next pass', async () => {
    answer = statusAnswer(403, 'Forbidden');
    const { connection, write } = aWriter();
    const failures = await write([created('a'), created('b'), created('c')], FOREVER);
    expect(failures).toMatchObject([expect.stringContaining('403 Forbidden')]);
    answer = { body: {} };
    expect(await write([created('a'), created('b')], FOREVER)).toEqual([]);
    expect(connection.requests).toHaveLength(5);
  });

  it('returns the message of a connection failure once', async () => {
    const connection = fakeConnection(() => Promise.reject(new Error('unreachable')));
    const { write } = createStatusWriter(connection, () => NOW);
    expect(await write([created('a'), created('b')], FOREVER)).toEqual(['unreachable']);
  });
});
