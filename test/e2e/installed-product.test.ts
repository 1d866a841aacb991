import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AWSIAMROLE } from '../../contract/awsiamrole.ts';
import { eksToken } from '../../kubernetes/eks/eks-token.ts';
import { apiClient } from '../../local/api-client.ts';
import type { Session } from '../../local/aws/iam/session.ts';
import { startForwarder } from '../../local/demo/show-pod-event.ts';
import { addTrustingRole } from '../../local/demo/create-pods.ts';
import {
  ACCOUNT,
  CLUSTER_NAME,
  REFRESHER_ROLE_ARN,
  REGION,
  type Installation,
} from '../../local/installation/installation.ts';
import type { ForwarderProcess } from '../../local/forwarder/forwarder-process.ts';
import { eventually } from '../../local/workload/eventually.ts';
import { forwarderPod, forwarderSecret } from '../../local/installation/forwarder-pod.ts';
import { createPod, deletePods, waitUntilRunning } from '../../local/installation/pods.ts';
import { waitUntilDelivered, volumeFolder } from '../../local/installation/volumes.ts';
import { describeChartOnRealCluster } from '../support/describe-chart-on-real-cluster.ts';
import { createNamespace, INSTALLATION_MILLISECONDS, installProduct } from './installed-product.ts';

const MINUTE = 60_000;
const namespace = 'shop';
const AWSIAMROLES = {
  group: AWSIAMROLE.group,
  version: AWSIAMROLE.version,
  plural: AWSIAMROLE.plural,
};

describeChartOnRealCluster('the product as `cdk deploy` leaves it, on a real cluster', () => {
  let world: Installation;
  let forwarder: ForwarderProcess | undefined;

  beforeAll(async () => {
    world = await installProduct();
    await createNamespace(world, namespace);
  }, INSTALLATION_MILLISECONDS);

  afterAll(async () => {
    await forwarder?.stop();
    await world?.stop();
  });

  /** Has minutes pass, with all that the schedules of the template do in them. */
  const pass = (minutes: number) => world.cloud.scheduler.advance(minutes * 60);
  const secret = (name: string) => world.admin.readNamespacedSecret({ namespace, name });
  const secretNames = async () => {
    const { items } = await world.admin.listNamespacedSecret({ namespace });
    return items.map(({ metadata }) => metadata?.name);
  };
  const invocations = () => world.cloud.functions.invocations;

  describe('the door of the API server', () => {
    /** What the API server says about whoever carries the token of that session. */
    async function login(session: Session, token: Partial<Parameters<typeof eksToken>[0]> = {}) {
      const { value } = await eksToken({
        clusterName: CLUSTER_NAME,
        region: REGION,
        stsHost: `sts.${REGION}.amazonaws.com`,
        credentials: async () => session.credentials,
        now: () => world.clock.now(),
        ...token,
      }).get();
      const api = apiClient({ ...world.cluster, token: value });
      const path = '/apis/authentication.k8s.io/v1/selfsubjectreviews';
      const { status, body } = await api.send('POST', path, { body: {} });
      await api.close();
      return { status, userInfo: (body['status'] as { userInfo?: unknown } | undefined)?.userInfo };
    }
    const sessionOf = (roleArn: string) =>
      world.cloud.sts.issueServiceSession(roleArn, 'lambda.amazonaws.com', 'refresh');
    const lastRefusal = () => world.cloud.tokenRejections.at(-1);

    it('knows the refresher by its EKS token, with the name and groups of the access entry', async () => {
      expect(await login(sessionOf(REFRESHER_ROLE_ARN))).toEqual({
        status: 201,
        userInfo: {
          username: REFRESHER_ROLE_ARN.replace(':iam:', ':sts:').replace(
            /:role\/(.+)$/,
            ':assumed-role/$1/refresh',
          ),
          uid: expect.stringMatching(`^aws-iam-authenticator:${ACCOUNT}:AROA`),
          groups: ['kube-aws-iam:refreshers', 'system:authenticated'],
        },
      });
      expect(world.cloud.tokenRejections).toEqual([]);
    });

    it('turns down a token that was made for another cluster', async () => {
      const session = sessionOf(REFRESHER_ROLE_ARN);
      expect((await login(session, { clusterName: 'another' })).status).toBe(401);
      expect(lastRefusal()).toContain('SignatureDoesNotMatch');
    });

    it('turns down a token of a quarter of an hour ago', async () => {
      const now = () => new Date(world.clock.now().getTime() - 15 * MINUTE - 1_000);
      expect((await login(sessionOf(REFRESHER_ROLE_ARN), { now })).status).toBe(401);
      expect(lastRefusal()).toContain('token expired');
    });

    it('turns down a role that AWS knows and no access entry names', async () => {
      const arn = `arn:aws:iam::${ACCOUNT}:role/demo-stranger`;
      const trustPolicy = {
        Version: '2012-10-17',
        Statement: {
          Effect: 'Allow',
          Principal: { Service: 'lambda.amazonaws.com' },
          Action: 'sts:AssumeRole',
        },
      };
      world.cloud.sts.addRole({ arn, trustPolicy });
      expect((await login(sessionOf(arn))).status).toBe(401);
      expect(lastRefusal()).toContain('no access entry');
    });
  });

  it('makes the Secret of its own forwarder at the first tick, and the kubelet mounts it', async () => {
    const { name, namespace: own } = await forwarderPod(world);
    await pass(1);
    await waitUntilRunning(world, { namespace: own, name });
    const files = await readdir(await volumeFolder(world, { namespace: own, name }));
    expect(files).toContain('credentials.process');
    forwarder = await startForwarder(world, () => undefined);
  });

  it('starts a pod by its event, with no tick in between', async () => {
    const before = invocations().length;
    addTrustingRole(world, 'demo-orders');
    await createPod(world, { namespace, name: 'web', secrets: ['aws-iam-demo-orders'] });
    await waitUntilRunning(world, { namespace, name: 'web' });
    await world.cloud.eventBridge.settled();
    const since = invocations().slice(before);
    expect(since.length).toBeGreaterThan(0);
    for (const { event } of since) {
      expect(event).toMatchObject({ 'detail-type': 'Credentials Wanted' });
    }
    const volume = await volumeFolder(world, { namespace, name: 'web' });
    const { data = {} } = await secret('aws-iam-demo-orders');
    const names = (await readdir(volume)).filter((name) => !name.startsWith('.')).sort();
    expect(names).toEqual([
      'credentials',
      'credentials.json',
      'credentials.process',
      'expire',
      'role-arn',
    ]);
    for (const name of names) {
      expect((await readFile(join(volume, name))).toString('base64')).toBe(data[name]);
    }
  });

  it('starts a second pod at once, since the Secret is there, and a projected source does too', async () => {
    const issued = world.cloud.sts.assumedRoles.length;
    const body = {
      metadata: { name: 'worker' },
      spec: {
        containers: [
          { name: 'c', image: 'app', volumeMounts: [{ name: 'v', mountPath: '/meta/aws-iam' }] },
        ],
        volumes: [
          { name: 'v', projected: { sources: [{ secret: { name: 'aws-iam-demo-orders' } }] } },
        ],
        terminationGracePeriodSeconds: 0,
      },
    };
    await world.admin.createNamespacedPod({ namespace, body });
    await waitUntilRunning(world, { namespace, name: 'worker' });
    await world.cloud.eventBridge.settled();
    expect(world.cloud.sts.assumedRoles.length).toBe(issued);
  });

  it('serves an AWSIAMRole by its event, says so in its status, and goes with it', async () => {
    const before = invocations().length;
    addTrustingRole(world, 'team/Demo-Ledger');
    const { metadata } = await world.customObjects.createNamespacedCustomObject({
      ...AWSIAMROLES,
      namespace,
      body: {
        apiVersion: AWSIAMROLE.apiVersion,
        kind: AWSIAMROLE.kind,
        metadata: { name: 'ledger' },
        spec: { roleReference: 'team/Demo-Ledger' },
      },
    });
    await createPod(world, { namespace, name: 'ledger', secrets: ['ledger'] });
    await waitUntilRunning(world, { namespace, name: 'ledger' });
    const roleArn = `arn:aws:iam::${ACCOUNT}:role/team/Demo-Ledger`;
    const volume = await volumeFolder(world, { namespace, name: 'ledger' });
    expect(await readFile(join(volume, 'role-arn'), 'utf8')).toBe(roleArn);
    const status = await eventually('the AWSIAMRole has a status', async () => {
      const name = { ...AWSIAMROLES, namespace, name: 'ledger' };
      return (await world.customObjects.getNamespacedCustomObject(name)).status;
    });
    expect(status).toMatchObject({
      roleARN: roleArn,
      expiration: await readFile(join(volume, 'expire'), 'utf8'),
    });
    const owner = (await secret('ledger')).metadata?.ownerReferences?.[0];
    expect(owner).toMatchObject({ kind: AWSIAMROLE.kind, name: 'ledger', uid: metadata.uid });
    await world.cloud.eventBridge.settled();
    expect(JSON.stringify(invocations().slice(before))).not.toContain('"pass"');

    await world.admin.deleteNamespacedPod({ namespace, name: 'ledger' });
    await world.customObjects.deleteNamespacedCustomObject({
      ...AWSIAMROLES,
      namespace,
      name: 'ledger',
    });
    await eventually('its Secret is collected', async () =>
      (await secretNames()).includes('ledger') ? undefined : true,
    );
  });

  it('tells a pod whose namespace does not allow the role why, and gives nothing', async () => {
    await world.admin.createNamespace({ body: { metadata: { name: 'closed' } } });
    const intruder = { namespace: 'closed', name: 'intruder', secrets: ['aws-iam-demo-orders'] };
    await createPod(world, intruder);
    const event = await eventually('the pod has an Event', async () => {
      const { items } = await world.admin.listNamespacedEvent({ namespace: 'closed' });
      return items.find(
        ({ involvedObject, reportingComponent }) =>
          involvedObject.name === 'intruder' && reportingComponent?.includes('kube-aws-iam'),
      );
    });
    expect(event).toMatchObject({ type: 'Warning' });
    expect(event.message).toContain('kubectl annotate namespace closed');
    await pass(1);
    const { items } = await world.admin.listNamespacedSecret({ namespace: 'closed' });
    expect(items).toEqual([]);
    await deletePods(world, 'closed');
  });

  it('leaves a Secret of a user alone although a pod wants its name', async () => {
    addTrustingRole(world, 'demo-mine');
    const mine = { metadata: { name: 'aws-iam-demo-mine' }, stringData: { mine: 'yes' } };
    await world.admin.createNamespacedSecret({ namespace, body: mine });
    await createPod(world, { namespace, name: 'mine', secrets: ['aws-iam-demo-mine'] });
    await waitUntilRunning(world, { namespace, name: 'mine' });
    await pass(11);
    const { data, metadata } = await secret('aws-iam-demo-mine');
    expect(Object.keys(data ?? {})).toEqual(['mine']);
    expect(metadata?.labels).toBeUndefined();
  });

  it('renews in time, and each renewal reaches the files of the running pod', async () => {
    const web = { namespace, name: 'web' };
    const expire = join(await volumeFolder(world, web), 'expire');
    const { metadata } = await secret('aws-iam-demo-orders');
    const read = new Set([await readFile(expire, 'utf8')]);
    for (let minute = 0; minute < 70; minute++) {
      await pass(1);
      // Minutes pass in a moment here; in those of a cluster the kubelet comes by.
      await waitUntilDelivered(world, web);
      const ends = await readFile(expire, 'utf8');
      expect(Date.parse(ends) - world.clock.now().getTime()).toBeGreaterThan(24 * MINUTE);
      read.add(ends);
    }
    // More than a session's length, in steps of half of it.
    expect(read.size).toBeGreaterThan(2);
    expect((await secret('aws-iam-demo-orders')).metadata?.uid).toBe(metadata?.uid);
  });

  it('goes on announcing pods, with the renewed credentials of the forwarder', async () => {
    await waitUntilDelivered(world, await forwarderPod(world));
    addTrustingRole(world, 'demo-late');
    await createPod(world, { namespace, name: 'late', secrets: ['aws-iam-demo-late'] });
    await waitUntilRunning(world, { namespace, name: 'late' });
  });

  it('removes the Secrets half an hour after their pods are gone, and not before', async () => {
    await deletePods(world, namespace);
    const managed = async () => (await secretNames()).filter((name) => name?.includes('demo-'));
    // A sweep comes every ten minutes: the one that marks is at most the tenth minute's.
    await pass(29);
    expect(await managed()).toEqual([
      'aws-iam-demo-late',
      'aws-iam-demo-mine',
      'aws-iam-demo-orders',
    ]);
    await pass(21);
    expect(await managed()).toEqual(['aws-iam-demo-mine']);
    const { namespace: own } = await forwarderPod(world);
    const name = forwarderSecret(world.chart);
    expect((await world.admin.readNamespacedSecret({ namespace: own, name })).data).toBeDefined();
  });

  it('had no alarm and no refusal on the way, and wrote no credential into a log', () => {
    // Those of the tests of the door.
    expect(world.cloud.tokenRejections).toHaveLength(3);
    expect(world.cloud.functions.asyncFailures).toEqual([]);
    const log = world.cloud.logs.lines.map(({ text }) => text).join('\n');
    expect(log).toContain('created Secret');
    expect(log).not.toMatch(/ASIA[A-Z0-9]{8}|k8s-aws-v1|aws_secret|X-Amz-Signature/);
    expect(forwarder?.lines.join('\n')).not.toMatch(/ASIA[A-Z0-9]{8}/);
  });
});
