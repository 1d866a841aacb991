import { setTimeout } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { PRODUCT_NAMESPACE } from '../../contract/forwarder.ts';
import { EVENTBRIDGE_THROTTLING } from '../../local/aws/eventbridge/eventbridge.ts';
import { awsIamRoles, HEADER } from '../support/awsiamrole-definition.ts';
import { REFRESH } from '../support/deployment.ts';
import { type Product, startProduct } from '../support/product.ts';

/** Asks until it is so; the forwarder and the kubelet work in their own time. */
async function eventually(what: string, isSo: () => Promise<boolean> | boolean): Promise<void> {
  for (let tries = 0; tries < 1_000; tries++) {
    if (await isSo()) return;
    await setTimeout(20);
  }
  throw new Error(`never happened: ${what}`);
}

describe('from a pod to its Secret, without a tick', () => {
  let product: Product;
  let made = 0;

  beforeAll(async () => {
    product = await startProduct();
    await product.createNamespace('shop');
    await product.createNamespace('bank');
  });

  afterAll(() => product?.stop());

  beforeEach(() => {
    const { sts, eventBridge } = product.deployment.cloud;
    sts.faults.clear();
    eventBridge.faults.clear();
    made += 1;
  });

  const hasSecret = async (namespace: string, name: string): Promise<boolean> => {
    const path = `/api/v1/namespaces/${namespace}/secrets/${name}`;
    return (await product.admin.send('GET', path)).status === 200;
  };
  const secretAppears = (namespace: string, name: string) =>
    eventually(`${namespace}/${name}`, () => hasSecret(namespace, name));
  const sessionsOf = (role: string) =>
    product.deployment.cloud.sts.calls.filter(
      ({ action, resource, status }) =>
        action === 'AssumeRole' && status === 200 && resource?.endsWith(`/${role}`),
    ).length;
  /** A role of this test's own. */
  function newRole(): { readonly role: string; readonly secret: string } {
    const role = `app-${made}`;
    product.deployment.addPodRole(role);
    return { role, secret: `aws-iam-${role}` };
  }

  it('starts the forwarder on credentials that the product made for its namespace', async () => {
    const { body } = await product.admin.send(
      'GET',
      `/api/v1/namespaces/${PRODUCT_NAMESPACE}/secrets`,
    );
    expect(body.items.map(({ metadata }) => metadata.name)).toEqual([
      'aws-iam-kube-aws-iam-forwarder-eu-central-1-test',
    ]);
  });

  it('makes the Secret of a lone pod', async () => {
    const { secret } = newRole();
    await product.createPod('shop', `web-${made}`, [secret]);
    await secretAppears('shop', secret);
  });

  it('makes the Secret of an AWSIAMRole, and makes it anew when the spec changes', async () => {
    const { role } = newRole();
    const other = `${role}-b`;
    product.deployment.addPodRole(other);
    const body = { ...HEADER, metadata: { name: `r${made}` }, spec: { roleReference: role } };
    await product.admin.send('POST', awsIamRoles('shop'), { body });
    await secretAppears('shop', `r${made}`);
    await product.admin.send('PATCH', `${awsIamRoles('shop')}/r${made}`, {
      body: { spec: { roleReference: other } },
      headers: { 'content-type': 'application/merge-patch+json' },
    });
    await eventually('a session of the other role', () => sessionsOf(other) === 1);
    await product.deployment.cloud.eventBridge.settled();
    expect([sessionsOf(role), sessionsOf(other)]).toEqual([1, 1]);
  });

  it('makes one Secret by one session for a thousand pods at once', async () => {
    const { role, secret } = newRole();
    await Promise.all(
      Array.from({ length: 1_000 }, (_, i) =>
        product.createPod('shop', `many-${made}-${i}`, [secret]),
      ),
    );
    await secretAppears('shop', secret);
    await product.deployment.cloud.eventBridge.settled();
    expect(sessionsOf(role)).toBe(1);
  });

  it('makes a session for each of two namespaces whose pods race for one role', async () => {
    const { role, secret } = newRole();
    await Promise.all(
      ['shop', 'bank'].map((namespace) => product.createPod(namespace, `race-${made}`, [secret])),
    );
    await Promise.all(['shop', 'bank'].map((namespace) => secretAppears(namespace, secret)));
    await product.deployment.cloud.eventBridge.settled();
    expect(sessionsOf(role)).toBe(2);
  });

  it.each([
    ['EventBridge throttles', EVENTBRIDGE_THROTTLING],
    ['EventBridge fails', { kind: 'error', status: 500, code: 'InternalException', message: '' }],
    ['EventBridge answers nonsense', { kind: 'garbage', body: '<html>' }],
    ['the connection to EventBridge ends', { kind: 'drop' }],
  ] as const)('sends again when %s', async (_, fault) => {
    const { secret } = newRole();
    product.deployment.cloud.eventBridge.faults.add({ effect: fault, times: 2 });
    await product.createPod('shop', `again-${made}`, [secret]);
    await secretAppears('shop', secret);
  });

  it('sends again what EventBridge could not take of a request', async () => {
    const { secret } = newRole();
    const { entryFaults } = product.deployment.cloud.eventBridge;
    entryFaults.add({ effect: 'InternalFailure', times: 2 });
    await product.createPod('shop', `entry-${made}`, [secret]);
    await secretAppears('shop', secret);
  });

  it('goes on watching when its connections end', async () => {
    product.dropConnections?.();
    const { secret } = newRole();
    // So did those of this test.
    await eventually('a pod is made', () =>
      product.createPod('shop', `dropped-${made}`, [secret]).then(
        () => true,
        () => false,
      ),
    );
    await secretAppears('shop', secret);
  });

  it('announces what waits when it is started again', async () => {
    await product.forwarder.kill();
    const { secret } = newRole();
    await product.createPod('shop', `restart-${made}`, [secret]);
    expect(await hasSecret('shop', secret)).toBe(false);
    await product.restartForwarder();
    await secretAppears('shop', secret);
  });

  it('leaves to the tick what was lost', async () => {
    await product.forwarder.kill();
    const { secret } = newRole();
    await product.createPod('shop', `lost-${made}`, [secret]);
    await product.deployment.invoke(REFRESH, { pass: 'refresh' });
    expect(await hasSecret('shop', secret)).toBe(true);
    await product.restartForwarder();
  });
});
