import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PRODUCT_NAMESPACE } from '../../contract/forwarder.ts';
import { ACCOUNT, REFRESHER_ROLE_ARN, REGION } from '../../local/installation/installation.ts';
import { createPod, deletePods, waitUntilRunning } from '../../local/installation/pods.ts';
import { addTrustingRole } from '../../local/installation/trusting-role.ts';
import { waitUntilDelivered } from '../../local/installation/volumes.ts';
import type { PodProcess } from '../../local/pod-process/pod-process.ts';
import { waitUntil } from '../../local/wait-until.ts';
import { describeChartOnRealCluster } from '../support/describe-real-cluster.ts';
import { type InClusterInstallation, installInCluster, isReady } from './in-cluster-product.ts';
import { createNamespace, INSTALLATION_TIMEOUT_MS } from './installed-product.ts';

const namespace = 'shop';
const OWN_SECRET = `aws-iam-kube-aws-iam-${REGION}-demo`;

describeChartOnRealCluster('the refresher as a Deployment in the cluster', () => {
  let installation: InClusterInstallation;
  let refresher: PodProcess | undefined;

  beforeAll(async () => {
    installation = await installInCluster();
    await createNamespace(installation, namespace);
  }, INSTALLATION_TIMEOUT_MS);
  afterAll(async () => {
    await refresher?.stop();
    await installation?.stop();
  });

  const expiryOf = async (ns: string, name: string) => {
    const { metadata } = await installation.admin.readNamespacedSecret({ namespace: ns, name });
    return metadata?.annotations?.['kube-aws-iam/expires-at'];
  };
  const firstPod = async () => {
    const [pod] = await installation.pods();
    if (pod === undefined) throw new Error('the Deployment has no pod');
    return pod;
  };
  const ofPod = async () => ({
    namespace: PRODUCT_NAMESPACE,
    name: (await firstPod()).metadata?.name ?? '',
  });
  const alarm = (id: string) => installation.cloud.cloudWatch.stateOf(`kube-aws-iam-demo-${id}`);

  it('waits for its first credentials, and starts after `seed`', async () => {
    expect((await firstPod()).status?.phase).toBe('Pending');
    const { code, stderr } = await installation.run('seed');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    await waitUntilRunning(installation, await ofPod());
    refresher = await installation.startProcess(await firstPod());
    await waitUntil('it to lead', async () => (await installation.leader()) || undefined);
    expect(await isReady(refresher)).toBe(true);
    expect(await installation.leader()).toMatch(/^kube-aws-iam-refresher-.+_[0-9a-f]{8}$/);
  });

  it('creates the Secret of a new pod by its watch, without a pass', async () => {
    addTrustingRole(installation, 'demo-orders');
    await installation.request({ pass: 'refresh' });
    await createPod(installation, { namespace, name: 'web', secrets: ['aws-iam-demo-orders'] });
    await waitUntil(
      'the Secret',
      async () => expiryOf(namespace, 'aws-iam-demo-orders').catch(() => undefined),
      { intervalMs: 5 },
    );
    await waitUntilRunning(installation, { namespace, name: 'web' });
    const lines = refresher?.lines.join('\n');
    expect(lines).toContain('"message":"pod event"');
  });

  it('renews all Secrets at half-life, its own too, and the process uses the new credentials', async () => {
    const before = [
      await expiryOf(namespace, 'aws-iam-demo-orders'),
      await expiryOf(PRODUCT_NAMESPACE, OWN_SECRET),
    ];
    await installation.cloud.scheduler.advance(40 * 60);
    expect(await installation.request({ pass: 'refresh' })).toMatchObject({
      result: { report: { counts: { renewed: 2, failed: 0 } } },
    });
    const after = [
      await expiryOf(namespace, 'aws-iam-demo-orders'),
      await expiryOf(PRODUCT_NAMESPACE, OWN_SECRET),
    ];
    for (const i of [0, 1]) expect(after[i]).not.toBe(before[i]);
    await waitUntilDelivered(installation, await ofPod());
    // The first credentials have expired by now.
    await installation.cloud.scheduler.advance(25 * 60);
    const renew = `arn:aws:iam::${ACCOUNT}:role/demo-orders`;
    expect(await installation.request({ pass: 'refresh', renew })).toMatchObject({
      result: { renewal: expect.anything(), report: { counts: { failed: 0 } } },
    });
    expect(await expiryOf(namespace, 'aws-iam-demo-orders')).not.toBe(after[0]);
  });

  it('removes an unused Secret in sweeps, and keeps its own', async () => {
    await deletePods(installation, namespace);
    expect(await installation.request({ pass: 'sweep' })).toMatchObject({
      result: { report: { counts: { marked: 1 } } },
    });
    await installation.cloud.scheduler.advance(31 * 60);
    await installation.request({ pass: 'refresh' });
    await waitUntilDelivered(installation, await ofPod());
    expect(await installation.request({ pass: 'sweep' })).toMatchObject({
      result: { report: { counts: { removed: 1, marked: 0 } } },
    });
    const { items } = await installation.admin.listSecretForAllNamespaces({
      labelSelector: 'heritage=kube-aws-iam-controller',
    });
    expect(items.map(({ metadata }) => metadata?.name)).toEqual([OWN_SECRET]);
  });

  it('answers an invalid request with the accepted ones', async () => {
    const event = { pass: 'destroy' } as never;
    expect(await installation.request(event)).toMatchObject({
      error: expect.stringContaining('invalid event {"pass":"destroy"}: send {"pass": "refresh"}'),
    });
  });

  it('gives its role to no other pod', async () => {
    await createPod(installation, { namespace, name: 'thief', secrets: [OWN_SECRET] });
    await installation.request({ pass: 'refresh' });
    await expect(expiryOf(namespace, OWN_SECRET)).rejects.toThrow(/not found/i);
    await deletePods(installation, namespace);
  });

  it('sends metrics to CloudWatch, and serves the same to Prometheus', async () => {
    const text = await (await fetch(`${refresher?.url}/metrics`)).text();
    expect(text).toContain('kube_aws_iam_refresher_leader 1');
    expect(text).toMatch(/kube_aws_iam_refresher_secrets_created_total\{service="events"\} 1/);
    await waitUntil('the metrics', async () => {
      const { lines } = installation.cloud.logs;
      return lines.some(({ text: line }) => line.includes('"PodToSecretLatency"')) || undefined;
    });
    expect(installation.cloud.cloudWatch.rejectedLines).toEqual([]);
    expect(installation.cloud.logs.lines[0]?.logGroupName).toBe('/kube-aws-iam/demo');
    // A log collector of the cluster must not count them again.
    expect(refresher?.lines.join('\n')).not.toContain('"_aws"');
  });

  it('does the work in one of two processes, and the other one takes over when it is stopped', async () => {
    const first = await installation.leader();
    const standby = await installation.startProcess(await firstPod());
    await waitUntil('the standby to be ready', async () => (await isReady(standby)) || undefined);
    expect(await installation.leader()).toBe(first);
    expect(standby.lines.join('\n')).not.toContain('"message":"leads"');
    expect(await refresher?.stop()).toBe(0);
    expect(refresher?.lines.join('\n')).toContain('"message":"released the Lease"');
    refresher = standby;
    await waitUntil('the standby to lead', async () => {
      const leader = await installation.leader();
      return (leader !== '' && leader !== first) || undefined;
    });
    expect(await installation.request({ pass: 'check' })).toMatchObject({
      result: { report: expect.anything() },
    });
  });

  describe('when the process ends', () => {
    /** Performs a refresh, and evaluates the alarms after its metrics have arrived. */
    async function refreshAndEvaluate(): Promise<void> {
      const { lines } = installation.cloud.logs;
      const before = lines.length;
      await installation.request({ pass: 'refresh' });
      await waitUntil('the metrics', async () => {
        return (
          lines.slice(before).some(({ text }) => text.includes('"RunsCompleted"')) || undefined
        );
      });
      await installation.cloud.scheduler.advance(60);
    }

    it('raises the alarm that refreshes have stopped, and recovers after a restart', async () => {
      await refreshAndEvaluate();
      expect(alarm('page-refresh-stopped')).toBe('OK');
      await refresher?.kill();
      await installation.cloud.scheduler.advance(10 * 60);
      expect(alarm('page-refresh-stopped')).toBe('ALARM');
      refresher = await installation.startProcess(await firstPod());
      await refreshAndEvaluate();
      expect(alarm('page-refresh-stopped')).toBe('OK');
    });

    it('needs `seed` again after more than an hour; its log and Events of waiting pods say so', async () => {
      await installation.cloud.scheduler.advance(3 * 3_600);
      await createPod(installation, { namespace, name: 'late', secrets: ['aws-iam-demo-orders'] });
      const response = await installation.request({ pass: 'refresh' });
      expect(response).toMatchObject({
        result: {
          report: { counts: { failed: 2 }, reasons: { 'own-credentials-expired': 2 } },
        },
      });
      const remedy = `run: kube-aws-iam seed --cluster demo --region ${REGION}`;
      const note = await waitUntil('the Event', async () => {
        const { items } = await installation.admin.listNamespacedEvent({ namespace });
        return items.find(
          ({ reason, involvedObject }) =>
            reason === 'GetCredentialsFailed' && involvedObject.name === 'late',
        )?.message;
      });
      expect(note).toContain(`Secret ${PRODUCT_NAMESPACE}/${OWN_SECRET}`);
      expect(note).toContain(remedy);
      await waitUntil('the remedy in the log', async () => {
        const lines = refresher?.lines ?? [];
        return (
          lines.some((line) => line.includes('failed Secret') && line.includes(remedy)) || undefined
        );
      });
      const { code, stderr } = await installation.run('seed');
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
      await waitUntilDelivered(installation, await ofPod());
      expect(
        await installation.request({ pass: 'refresh', renew: REFRESHER_ROLE_ARN }),
      ).toMatchObject({
        result: { report: { counts: { renewed: 1, failed: 0 } } },
      });
    });
  });
});
