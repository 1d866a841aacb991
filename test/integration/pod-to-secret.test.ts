import { setTimeout } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { PRODUCT_NAMESPACE } from '../../contract/forwarder.ts';
import { EVENTBRIDGE_THROTTLING } from '../../local/aws/eventbridge/eventbridge.ts';
import { awsIamRoles, HEADER } from '../support/chart/awsiamrole-definition.ts';
import { REFRESH } from '../support/deployment/deployment.ts';
import { type Product, startProduct } from '../support/deployment/product.ts';

/** Polls until a condition holds: the forwarder and the kubelet work asynchronously. */
async function eventually(what: string, holds: () => Promise<boolean> | boolean): Promise<void> {
  for (let tries = 0; tries < 1_000; tries++) {
    if (await holds()) return;
    await setTimeout(20);
  }
  throw new Error(`timed out waiting for ${what}`);
}

describe('from a pod to its Secret, without a scheduled pass', () => {
  let product: Product;
  let tests = 0;

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
    tests += 1;
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
  /** A role that no other test uses. */
  function newRole(): { readonly role: string; readonly secret: string } {
    const role = `app-${tests}`;
    product.deployment.addPodRole(role);
    return { role, secret: `aws-iam-${role}` };
  }

  it('starts the forwarder with credentials that the refresher issued for its namespace', async () => {
    const { body } = await product.admin.send(
      'GET',
      `/api/v1/namespaces/${PRODUCT_NAMESPACE}/secrets`,
    );
    expect(body.items.map(({ metadata }) => metadata.name)).toEqual([
      'aws-iam-kube-aws-iam-forwarder-eu-central-1-test',
    ]);
  });

  it('creates the Secret of a single pod', async () => {
    const { secret } = newRole();
    await product.createPod('shop', `web-${tests}`, [secret]);
    await secretAppears('shop', secret);
  });

  it('creates the Secret of an AWSIAMRole, and renews it when the spec changes', async () => {
    const { role } = newRole();
    const other = `${role}-b`;
    product.deployment.addPodRole(other);
    const body = { ...HEADER, metadata: { name: `r${tests}` }, spec: { roleReference: role } };
    await product.admin.send('POST', awsIamRoles('shop'), { body });
    await secretAppears('shop', `r${tests}`);
    await product.admin.send('PATCH', `${awsIamRoles('shop')}/r${tests}`, {
      body: { spec: { roleReference: other } },
      headers: { 'content-type': 'application/merge-patch+json' },
    });
    await eventually('a session of the other role', () => sessionsOf(other) === 1);
    await product.deployment.cloud.eventBridge.settled();
    expect([sessionsOf(role), sessionsOf(other)]).toEqual([1, 1]);
  });

  it('creates one Secret with one session for a thousand concurrent pods', async () => {
    const { role, secret } = newRole();
    await Promise.all(
      Array.from({ length: 1_000 }, (_, i) =>
        product.createPod('shop', `many-${tests}-${i}`, [secret]),
      ),
    );
    await secretAppears('shop', secret);
    await product.deployment.cloud.eventBridge.settled();
    expect(sessionsOf(role)).toBe(1);
  });

  it('requests a session for each of two namespaces whose pods request one role concurrently', async () => {
    const { role, secret } = newRole();
    await Promise.all(
      ['shop', 'bank'].map((namespace) => product.createPod(namespace, `race-${tests}`, [secret])),
    );
    await Promise.all(['shop', 'bank'].map((namespace) => secretAppears(namespace, secret)));
    await product.deployment.cloud.eventBridge.settled();
    expect(sessionsOf(role)).toBe(2);
  });

  it.each([
    ['EventBridge throttles', EVENTBRIDGE_THROTTLING],
    ['EventBridge fails', { kind: 'error', status: 500, code: 'InternalException', message: '' }],
    ['EventBridge returns an invalid response', { kind: 'garbage', body: '<html>' }],
    ['the connection to EventBridge is lost', { kind: 'drop' }],
  ] as const)('retries when %s', async (_, fault) => {
    const { secret } = newRole();
    product.deployment.cloud.eventBridge.faults.add({ effect: fault, times: 2 });
    await product.createPod('shop', `again-${tests}`, [secret]);
    await secretAppears('shop', secret);
  });

  it('retries the entries that EventBridge rejected', async () => {
    const { secret } = newRole();
    const { entryFaults } = product.deployment.cloud.eventBridge;
    entryFaults.add({ effect: 'InternalFailure', times: 2 });
    await product.createPod('shop', `entry-${tests}`, [secret]);
    await secretAppears('shop', secret);
  });

  it('continues to watch when its connections are lost', async () => {
    product.dropConnections?.();
    const { secret } = newRole();
    // The connections of this test are lost too.
    await eventually('a pod to be created', () =>
      product.createPod('shop', `dropped-${tests}`, [secret]).then(
        () => true,
        () => false,
      ),
    );
    await secretAppears('shop', secret);
  });

  it('sends the requests of waiting pods after a restart', async () => {
    await product.forwarder.kill();
    const { secret } = newRole();
    await product.createPod('shop', `restart-${tests}`, [secret]);
    expect(await hasSecret('shop', secret)).toBe(false);
    await product.restartForwarder();
    await secretAppears('shop', secret);
  });

  it('leaves lost requests to the next refresh', async () => {
    await product.forwarder.kill();
    const { secret } = newRole();
    await product.createPod('shop', `lost-${tests}`, [secret]);
    await product.deployment.invoke(REFRESH, { pass: 'refresh' });
    expect(await hasSecret('shop', secret)).toBe(true);
    await product.restartForwarder();
  });
});
