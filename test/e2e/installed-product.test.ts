import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AWSIAMROLE } from '../../contract/kubernetes/awsiamrole.ts';
import { eksToken } from '../../kubernetes/eks/eks-token.ts';
import { apiClient } from '../../local/api-client.ts';
import type { Session } from '../../local/aws/iam/session.ts';
import { forwarderPodManifest, forwarderSecret } from '../../local/installation/forwarder-pod.ts';
import {
  ACCOUNT,
  CLUSTER_NAME,
  type Installation,
  REFRESHER_ROLE_ARN,
  REGION,
} from '../../local/installation/installation.ts';
import { createPod, deletePods, waitUntilRunning } from '../../local/installation/pods.ts';
import { startInstalledForwarder } from '../../local/installation/start-forwarder.ts';
import { addTrustingRole } from '../../local/installation/trusting-role.ts';
import { volumeFolder, waitUntilDelivered } from '../../local/installation/volumes.ts';
import type { PodProcess } from '../../local/pod-process/pod-process.ts';
import { waitUntil } from '../../local/wait-until.ts';
import { describeChartOnRealCluster } from '../support/describe-real-cluster.ts';
import { createNamespace, INSTALLATION_TIMEOUT_MS, installProduct } from './installed-product.ts';

const MINUTE_MS = 60_000;
const namespace = 'shop';
const AWSIAMROLES = {
  group: AWSIAMROLE.group,
  version: AWSIAMROLE.version,
  plural: AWSIAMROLE.plural,
};

describeChartOnRealCluster('the product as `cdk deploy` leaves it, on a real cluster', () => {
  let installation: Installation;
  let forwarder: PodProcess | undefined;

  beforeAll(async () => {
    installation = await installProduct();
    await createNamespace(installation, namespace);
  }, INSTALLATION_TIMEOUT_MS);

  afterAll(async () => {
    await forwarder?.stop();
    await installation?.stop();
  });

  /** Advances the clock, with the invocations that the template schedules. */
  const pass = (minutes: number) => installation.cloud.scheduler.advance(minutes * 60);
  const secret = (name: string) => installation.admin.readNamespacedSecret({ namespace, name });
  const secretNames = async () => {
    const { items } = await installation.admin.listNamespacedSecret({ namespace });
    return items.map(({ metadata }) => metadata?.name);
  };
  const invocations = () => installation.cloud.functions.invocations;

  describe('authentication at the API server', () => {
    /** Authenticates with an EKS token of a session, and returns what the API server knows about the user. */
    async function login(session: Session, token: Partial<Parameters<typeof eksToken>[0]> = {}) {
      const { value } = await eksToken({
        clusterName: CLUSTER_NAME,
        region: REGION,
        stsHost: `sts.${REGION}.amazonaws.com`,
        credentials: async () => session.credentials,
        now: () => installation.clock.now(),
        ...token,
      }).get();
      const api = apiClient({ ...installation.cluster, token: value });
      const path = '/apis/authentication.k8s.io/v1/selfsubjectreviews';
      const { status, body } = await api.send('POST', path, { body: {} });
      await api.close();
      return { status, userInfo: (body['status'] as { userInfo?: unknown } | undefined)?.userInfo };
    }
    const sessionOf = (roleArn: string) =>
      installation.cloud.sts.issueServiceSession(roleArn, 'lambda.amazonaws.com', 'refresh');
    const lastRejection = () => installation.cloud.tokenRejections.at(-1);

    it('identifies the refresher by its EKS token, with the name and groups of the access entry', async () => {
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
      expect(installation.cloud.tokenRejections).toEqual([]);
    });

    it('rejects a token for another cluster', async () => {
      const session = sessionOf(REFRESHER_ROLE_ARN);
      expect((await login(session, { clusterName: 'another' })).status).toBe(401);
      expect(lastRejection()).toContain('SignatureDoesNotMatch');
    });

    it('rejects an expired token', async () => {
      const now = () => new Date(installation.clock.now().getTime() - 15 * MINUTE_MS - 1_000);
      expect((await login(sessionOf(REFRESHER_ROLE_ARN), { now })).status).toBe(401);
      expect(lastRejection()).toContain('token has expired');
    });

    it('rejects an IAM role without an access entry', async () => {
      const arn = `arn:aws:iam::${ACCOUNT}:role/demo-stranger`;
      const trustPolicy = {
        Version: '2012-10-17',
        Statement: {
          Effect: 'Allow',
          Principal: { Service: 'lambda.amazonaws.com' },
          Action: 'sts:AssumeRole',
        },
      };
      installation.cloud.sts.addRole({ arn, trustPolicy });
      expect((await login(sessionOf(arn))).status).toBe(401);
      expect(lastRejection()).toContain('no access entry');
    });
  });

  it('creates the Secret of its own forwarder in the first refresh, and the kubelet mounts it', async () => {
    const { name, namespace: own } = await forwarderPodManifest(installation);
    await pass(1);
    await waitUntilRunning(installation, { namespace: own, name });
    const files = await readdir(await volumeFolder(installation, { namespace: own, name }));
    expect(files).toContain('credentials.process');
    forwarder = await startInstalledForwarder(installation);
  });

  it('starts a pod by its event, without a scheduled refresh', async () => {
    const before = invocations().length;
    addTrustingRole(installation, 'demo-orders');
    await createPod(installation, { namespace, name: 'web', secrets: ['aws-iam-demo-orders'] });
    await waitUntilRunning(installation, { namespace, name: 'web' });
    await installation.cloud.eventBridge.settled();
    const since = invocations().slice(before);
    expect(since.length).toBeGreaterThan(0);
    for (const { event } of since) {
      expect(event).toMatchObject({ 'detail-type': 'Credentials Wanted' });
    }
    const volume = await volumeFolder(installation, { namespace, name: 'web' });
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

  it('starts a second pod without another session, also with a projected volume', async () => {
    const issued = installation.cloud.sts.assumedRoles.length;
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
    await installation.admin.createNamespacedPod({ namespace, body });
    await waitUntilRunning(installation, { namespace, name: 'worker' });
    await installation.cloud.eventBridge.settled();
    expect(installation.cloud.sts.assumedRoles.length).toBe(issued);
  });

  it('creates the Secret of an AWSIAMRole by its event, reports its status, and deletes the Secret with it', async () => {
    const before = invocations().length;
    addTrustingRole(installation, 'team/Demo-Ledger');
    const { metadata } = await installation.customObjects.createNamespacedCustomObject({
      ...AWSIAMROLES,
      namespace,
      body: {
        apiVersion: AWSIAMROLE.apiVersion,
        kind: AWSIAMROLE.kind,
        metadata: { name: 'ledger' },
        spec: { roleReference: 'team/Demo-Ledger' },
      },
    });
    await createPod(installation, { namespace, name: 'ledger', secrets: ['ledger'] });
    await waitUntilRunning(installation, { namespace, name: 'ledger' });
    const roleArn = `arn:aws:iam::${ACCOUNT}:role/team/Demo-Ledger`;
    const volume = await volumeFolder(installation, { namespace, name: 'ledger' });
    expect(await readFile(join(volume, 'role-arn'), 'utf8')).toBe(roleArn);
    const status = await waitUntil('a status of the AWSIAMRole', async () => {
      const name = { ...AWSIAMROLES, namespace, name: 'ledger' };
      return (await installation.customObjects.getNamespacedCustomObject(name)).status;
    });
    expect(status).toMatchObject({
      roleARN: roleArn,
      expiration: await readFile(join(volume, 'expire'), 'utf8'),
    });
    const owner = (await secret('ledger')).metadata?.ownerReferences?.[0];
    expect(owner).toMatchObject({ kind: AWSIAMROLE.kind, name: 'ledger', uid: metadata.uid });
    await installation.cloud.eventBridge.settled();
    expect(JSON.stringify(invocations().slice(before))).not.toContain('"pass"');

    await installation.admin.deleteNamespacedPod({ namespace, name: 'ledger' });
    await installation.customObjects.deleteNamespacedCustomObject({
      ...AWSIAMROLES,
      namespace,
      name: 'ledger',
    });
    await waitUntil('its Secret to be collected', async () =>
      (await secretNames()).includes('ledger') ? undefined : true,
    );
  });

  it('refuses a role that the namespace does not allow, with an Event on the pod', async () => {
    await installation.admin.createNamespace({ body: { metadata: { name: 'closed' } } });
    const intruder = { namespace: 'closed', name: 'intruder', secrets: ['aws-iam-demo-orders'] };
    await createPod(installation, intruder);
    const event = await waitUntil('an Event on the pod', async () => {
      const { items } = await installation.admin.listNamespacedEvent({ namespace: 'closed' });
      return items.find(
        ({ involvedObject, reportingComponent }) =>
          involvedObject.name === 'intruder' && reportingComponent?.includes('kube-aws-iam'),
      );
    });
    expect(event).toMatchObject({ type: 'Warning' });
    expect(event.message).toContain('kubectl annotate namespace closed');
    await pass(1);
    const { items } = await installation.admin.listNamespacedSecret({ namespace: 'closed' });
    expect(items).toEqual([]);
    await deletePods(installation, 'closed');
  });

  it("does not change a user's Secret that has a requested name", async () => {
    addTrustingRole(installation, 'demo-mine');
    const mine = { metadata: { name: 'aws-iam-demo-mine' }, stringData: { mine: 'yes' } };
    await installation.admin.createNamespacedSecret({ namespace, body: mine });
    await createPod(installation, { namespace, name: 'mine', secrets: ['aws-iam-demo-mine'] });
    await waitUntilRunning(installation, { namespace, name: 'mine' });
    await pass(11);
    const { data, metadata } = await secret('aws-iam-demo-mine');
    expect(Object.keys(data ?? {})).toEqual(['mine']);
    expect(metadata?.labels).toBeUndefined();
  });

  it('renews before expiry, and each renewal reaches the files of the running pod', async () => {
    const web = { namespace, name: 'web' };
    const expire = join(await volumeFolder(installation, web), 'expire');
    const { metadata } = await secret('aws-iam-demo-orders');
    const read = new Set([await readFile(expire, 'utf8')]);
    for (let minute = 0; minute < 70; minute++) {
      await pass(1);
      // In real time, the kubelet would update the files by itself.
      await waitUntilDelivered(installation, web);
      const expiresAt = await readFile(expire, 'utf8');
      expect(Date.parse(expiresAt) - installation.clock.now().getTime()).toBeGreaterThan(
        24 * MINUTE_MS,
      );
      read.add(expiresAt);
    }
    // More than one session, renewed at half of its length.
    expect(read.size).toBeGreaterThan(2);
    expect((await secret('aws-iam-demo-orders')).metadata?.uid).toBe(metadata?.uid);
  });

  it('sends events of new pods with the renewed credentials of the forwarder', async () => {
    await waitUntilDelivered(installation, await forwarderPodManifest(installation));
    addTrustingRole(installation, 'demo-late');
    await createPod(installation, { namespace, name: 'late', secrets: ['aws-iam-demo-late'] });
    await waitUntilRunning(installation, { namespace, name: 'late' });
  });

  it('removes the Secrets half an hour after their pods are deleted, and not before', async () => {
    await deletePods(installation, namespace);
    const managed = async () => (await secretNames()).filter((name) => name?.includes('demo-'));
    // Sweeps run every ten minutes, so the marks are set within ten minutes.
    await pass(29);
    expect(await managed()).toEqual([
      'aws-iam-demo-late',
      'aws-iam-demo-mine',
      'aws-iam-demo-orders',
    ]);
    await pass(21);
    expect(await managed()).toEqual(['aws-iam-demo-mine']);
    const { namespace: own } = await forwarderPodManifest(installation);
    const name = forwarderSecret(installation.chart);
    expect(
      (await installation.admin.readNamespacedSecret({ namespace: own, name })).data,
    ).toBeDefined();
  });

  it('rejected no other token, failed no invocation, and logged no credential', () => {
    // The three of the authentication tests.
    expect(installation.cloud.tokenRejections).toHaveLength(3);
    expect(installation.cloud.functions.asyncFailures).toEqual([]);
    const log = installation.cloud.logs.lines.map(({ text }) => text).join('\n');
    expect(log).toContain('created Secret');
    expect(log).not.toMatch(/ASIA[A-Z0-9]{8}|k8s-aws-v1|aws_secret|X-Amz-Signature/);
    expect(forwarder?.lines.join('\n')).not.toMatch(/ASIA[A-Z0-9]{8}/);
  });
});
