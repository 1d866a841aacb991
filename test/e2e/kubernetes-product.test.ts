import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseLoginKubeconfig } from '../../kubernetes/login/parse-kubeconfig.ts';
import { apiClient } from '../../local/api-client.ts';
import { forwarderPodManifest } from '../../local/installation/forwarder-pod.ts';
import { createPod, deletePods, waitUntilRunning } from '../../local/installation/pods.ts';
import { startInstalledForwarder } from '../../local/installation/start-forwarder.ts';
import { addTrustingRole } from '../../local/installation/trusting-role.ts';
import { volumeFolder, waitUntilDelivered } from '../../local/installation/volumes.ts';
import type { PodProcess } from '../../local/pod-process/pod-process.ts';
import { waitUntil } from '../../local/wait-until.ts';
import { describeChartOnRealCluster } from '../support/describe-real-cluster.ts';
import { createNamespace, INSTALLATION_TIMEOUT_MS } from './installed-product.ts';
import { installOnKubernetes, type KubernetesInstallation } from './kubernetes-product.ts';

const namespace = 'shop';
const REFRESH = 'kube-aws-iam-demo-refresh';
const GROUP = 'kube-aws-iam:refreshers';

/** The claims of a token of a ServiceAccount, in seconds. */
function lifeOf(token: string): { readonly iat: number; readonly exp: number } {
  return JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString());
}

describeChartOnRealCluster('the product on a cluster that is not on EKS', () => {
  let installation: KubernetesInstallation;
  const pass = (minutes: number) => installation.cloud.scheduler.advance(minutes * 60);
  const logged = () => installation.cloud.logs.lines.map(({ text }) => text).join('\n');
  const tokenIn = async (kubeconfig = '') => {
    const { user } = await parseLoginKubeconfig(kubeconfig);
    if (!('token' in user)) throw new Error('the login has no token');
    return user.token;
  };
  /** What the API server knows about the user of a token. */
  const whoIs = async (token: string) => {
    const api = apiClient({ ...installation.cluster, token });
    const path = '/apis/authentication.k8s.io/v1/selfsubjectreviews';
    const { status, body } = await api.send('POST', path, { body: {} });
    await api.close();
    return { status, user: (body['status'] as { userInfo?: unknown } | undefined)?.userInfo };
  };

  describe('with a token of its ServiceAccount', () => {
    let forwarder: PodProcess | undefined;

    beforeAll(async () => {
      installation = await installOnKubernetes({ login: 'serviceAccount' });
      await createNamespace(installation, namespace);
    }, INSTALLATION_TIMEOUT_MS);
    afterAll(async () => {
      await forwarder?.stop();
      await installation?.stop();
    });

    /** The kubelet retries to mount a missing Secret less and less often. A new pod does not wait for it. */
    const replaceForwarderPod = async () => {
      const { admin } = installation;
      const { name, namespace: own } = await forwarderPodManifest(installation);
      await admin.deleteNamespacedPod({ name, namespace: own, gracePeriodSeconds: 0 });
      await waitUntil('another pod of the forwarder', async () => {
        const { items } = await admin.listNamespacedPod({ namespace: own });
        return (items.length === 1 && items[0]?.metadata?.name !== name) || undefined;
      });
    };

    it('fails until somebody connects it, with the command as remedy', async () => {
      await pass(1);
      expect(logged()).toContain('kube-aws-iam connect --cluster demo');
      const { items } = await installation.admin.listSecretForAllNamespaces();
      expect(items.filter(({ metadata }) => metadata?.labels?.['heritage'])).toEqual([]);
    });

    it('logs in after `connect`, and creates the Secret of its own forwarder', async () => {
      const { code, stderr } = await installation.connect();
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
      expect(installation.logins()).toHaveLength(1);
      await pass(1);
      await replaceForwarderPod();
      forwarder = await startInstalledForwarder(installation);
    });

    it('starts a pod by its event, without a scheduled refresh', async () => {
      const before = installation.cloud.functions.invocations.length;
      addTrustingRole(installation, 'demo-orders');
      await createPod(installation, { namespace, name: 'web', secrets: ['aws-iam-demo-orders'] });
      await waitUntilRunning(installation, { namespace, name: 'web' });
      await installation.cloud.eventBridge.settled();
      const since = installation.cloud.functions.invocations.slice(before);
      expect(since.length).toBeGreaterThan(0);
      for (const { event } of since) {
        expect(event).toMatchObject({ 'detail-type': 'Credentials Wanted' });
      }
      const volume = await volumeFolder(installation, { namespace, name: 'web' });
      expect(await readFile(join(volume, 'role-arn'), 'utf8')).toContain(':role/demo-orders');
    });

    it('renews the credentials, and the pod reads them', async () => {
      const web = { namespace, name: 'web' };
      const expire = join(await volumeFolder(installation, web), 'expire');
      const first = await readFile(expire, 'utf8');
      await pass(35);
      await waitUntilDelivered(installation, web);
      expect(Date.parse(await readFile(expire, 'utf8'))).toBeGreaterThan(Date.parse(first));
    });

    it('removes the Secret half an hour after its pod is deleted', async () => {
      await deletePods(installation, namespace);
      await pass(50);
      const { items } = await installation.admin.listNamespacedSecret({ namespace });
      expect(items).toEqual([]);
    });

    it('replaces its token at half of its life, and works with the new one', async () => {
      const old = await tokenIn(installation.logins()[0]);
      const { iat, exp } = lifeOf(old);
      const { clock, cloud } = installation;
      const advanceTo = (seconds: number) => clock.advance(seconds - clock.now().getTime() / 1_000);
      const dueAt = iat + (exp - iat) / 2;
      advanceTo(dueAt - 600);
      expect(await cloud.functions.invoke(REFRESH, { pass: 'refresh' })).not.toHaveProperty(
        'functionError',
      );
      expect(installation.logins()).toHaveLength(1);
      // The API server issues the new token at its own time, which has not moved: it is not due, because this story has taken
      // longer than these two seconds.
      advanceTo(dueAt + 2);
      await cloud.functions.invoke(REFRESH, { pass: 'refresh' });
      expect(installation.logins()).toHaveLength(2);
      expect(logged()).toContain('rotated the login to the cluster');
      const renewed = await tokenIn(installation.logins()[1]);
      expect(renewed).not.toBe(old);
      expect(lifeOf(renewed).exp - lifeOf(renewed).iat).toBe(exp - iat);
      expect(await whoIs(renewed)).toMatchObject({
        status: 201,
        user: { username: 'system:serviceaccount:kube-aws-iam:kube-aws-iam-refresher' },
      });
      // In use until every container has read the new one.
      expect((await whoIs(old)).status).toBe(201);
      addTrustingRole(installation, 'demo-late');
      await createPod(installation, { namespace, name: 'late', secrets: ['aws-iam-demo-late'] });
      await cloud.functions.invoke(REFRESH, { pass: 'refresh' });
      await waitUntilRunning(installation, { namespace, name: 'late' });
      expect(installation.logins()).toHaveLength(2);
    });

    it('logged no credential', () => {
      expect(logged()).not.toMatch(/ASIA[A-Z0-9]{8}|aws_secret|eyJhbGciOi|PRIVATE KEY/);
      expect(forwarder?.lines.join('\n')).not.toMatch(/ASIA[A-Z0-9]{8}|eyJhbGciOi/);
    });

    it('called EKS never', () => {
      expect(installation.cloud.eks.calls).toEqual([]);
    });
  });

  describe.each<[string, object, (found: KubernetesInstallation) => Promise<void>]>([
    [
      'aws-iam-authenticator, which knows the role from `connect`',
      { login: 'awsIamAuthenticator' },
      async ({ connect, addMapping }) => {
        const { code, stdout, stderr } = await connect('--output', 'json');
        expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
        addMapping(JSON.parse(stdout).mapRoles);
      },
    ],
    [
      'a client certificate that the cluster signs',
      { login: 'clientCertificate', subject: { kind: 'Group', name: GROUP } },
      async ({ connect, logins }) => {
        const { code, stderr } = await connect();
        expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
        expect(logins()).toHaveLength(1);
      },
    ],
  ])('with %s', (_, login, connect) => {
    beforeAll(async () => {
      installation = await installOnKubernetes(login);
      await createNamespace(installation, namespace);
      await connect(installation);
    }, INSTALLATION_TIMEOUT_MS);
    afterAll(() => installation?.stop());

    it('starts a pod, and calls EKS never', async () => {
      addTrustingRole(installation, 'demo-orders');
      await pass(1);
      await createPod(installation, { namespace, name: 'web', secrets: ['aws-iam-demo-orders'] });
      await pass(1);
      await waitUntilRunning(installation, { namespace, name: 'web' });
      expect(installation.cloud.eks.calls).toEqual([]);
      expect(logged()).not.toMatch(/ASIA[A-Z0-9]{8}|k8s-aws-v1|X-Amz-Signature|PRIVATE KEY/);
    });
  });
});
