import { beforeEach, describe, expect, it } from 'vitest';
import type { ItemOutcome } from '../../../../../lambda/act/item-outcome.ts';
import { createStatusWriter } from '../../../../../lambda/report/statuses/status-writer.ts';
import { anAwsIamRole, BASE_ROLE_ARN, minutes, NOW } from '../../../../support/builders.ts';
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
  it('patches the status of the resource that was read, and of no other of its name', async () => {
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

  it('does not write the same again where the server keeps only a part of it', async () => {
    let now = NOW;
    const { connection, write } = aWriter(() => now);
    await write([created('orders')], FOREVER);
    now = minutes(1);
    await write([created('orders')], FOREVER);
    expect(connection.requests).toHaveLength(1);
    await write([created('orders', minutes(90))], FOREVER);
    expect(connection.requests).toHaveLength(2);
  });

  it('writes it again when somebody else has written it over', async () => {
    const { connection, write } = aWriter();
    await write([created('orders')], FOREVER);
    const forged = { ...anAwsIamRole('orders'), status: { observedGeneration: 7 } };
    await write([{ ...created('orders'), awsIamRole: forged }], FOREVER);
    expect(connection.requests).toHaveLength(2);
  });

  it('stops after ten failures, and goes on in the next run', async () => {
    answer = { ...statusAnswer(403, 'Forbidden') };
    const connection = fakeConnection(({ path }) => statusAnswer(403, `Forbidden${path.length}`));
    const { write } = createStatusWriter(connection, () => NOW);
    const many = Array.from({ length: 100 }, (_, i) => created('x'.repeat(i + 1)));
    expect((await write(many, FOREVER)).length).toBeLessThan(20);
    expect(connection.requests.length).toBeLessThan(20);
  });

  it('stops after ten failures of one reason too, as of a server that is not there', async () => {
    const connection = fakeConnection(() => Promise.reject(new Error('nobody there')));
    const { write } = createStatusWriter(connection, () => NOW);
    const many = Array.from({ length: 100 }, (_, i) => created(`orders-${i}`));
    expect(await write(many, FOREVER)).toEqual(['nobody there']);
    expect(connection.requests.length).toBeLessThan(20);
  });

  it.each([404, 409])('takes %i for a resource that is gone', async (status) => {
    answer = statusAnswer(status, 'x');
    expect(await aWriter().write([created('orders')], FOREVER)).toEqual([]);
  });

  it('says each reason of a failure once, tries again, and is stopped by none', async () => {
    answer = statusAnswer(403, 'Forbidden');
    const { connection, write } = aWriter();
    const failures = await write([created('a'), created('b'), created('c')], FOREVER);
    expect(failures).toMatchObject([expect.stringContaining('403 Forbidden')]);
    answer = { body: {} };
    expect(await write([created('a'), created('b')], FOREVER)).toEqual([]);
    expect(connection.requests).toHaveLength(5);
  });

  it('survives a cluster that does not answer', async () => {
    const connection = fakeConnection(() => Promise.reject(new Error('nobody there')));
    const { write } = createStatusWriter(connection, () => NOW);
    expect(await write([created('a'), created('b')], FOREVER)).toEqual(['nobody there']);
  });
});
