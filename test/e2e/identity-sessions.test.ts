import { afterAll, beforeAll, expect, it } from 'vitest';
import { forwarderPodManifest } from '../../local/installation/forwarder-pod.ts';
import { installOnRealCluster } from '../../local/installation/install-on-real-cluster.ts';
import {
  type Installation,
  startInstallation,
  synthesizeProduct,
} from '../../local/installation/installation.ts';
import { createPod, waitUntilRunning } from '../../local/installation/pods.ts';
import { startInstalledForwarder } from '../../local/installation/start-forwarder.ts';
import type { PodProcess } from '../../local/pod-process/pod-process.ts';
import { waitUntil } from '../../local/wait-until.ts';
import { describeChartOnRealCluster } from '../support/describe-real-cluster.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { addRoleForIdentity, trustIssuer } from './identity-provider.ts';
import { createNamespace, INSTALLATION_TIMEOUT_MS } from './installed-product.ts';

const ISSUER = 'https://oidc.example.com/id/real';
const SESSIONS = { source: 'oidc', hours: 12, issuer: ISSUER };
const HOUR_MS = 3_600_000;
const namespace = 'shop';

describeChartOnRealCluster('sessions by the identity of a real cluster', () => {
  let installation: Installation;
  let forwarder: PodProcess | undefined;

  beforeAll(async () => {
    const folder = temporaryFolder();
    const assembly = await synthesizeProduct(folder, ['demo-*'], { sessions: SESSIONS });
    installation = await startInstallation(
      folder,
      assembly,
      (input) => installOnRealCluster(input, { 'service-account-issuer': ISSUER }),
      () => undefined,
    );
    trustIssuer(installation, ISSUER);
    await createNamespace(installation, namespace);
  }, INSTALLATION_TIMEOUT_MS);
  afterAll(async () => {
    await forwarder?.stop();
    await installation?.stop();
  });

  const addRole = (name: string, maxSessionDuration: number) =>
    addRoleForIdentity(installation, { name, issuer: ISSUER, namespace, maxSessionDuration });
  const pass = (minutes: number) => installation.cloud.scheduler.advance(minutes * 60);
  const expiryOf = async (role: string) => {
    const name = `aws-iam-${role}`;
    const { metadata } = await installation.admin.readNamespacedSecret({ namespace, name });
    return Date.parse(metadata?.annotations?.['kube-aws-iam/expires-at'] ?? '');
  };
  const hoursLeft = async (role: string) =>
    ((await expiryOf(role)) - installation.clock.now().getTime()) / HOUR_MS;

  it('leave the forwarder its own session of an hour, by the role of the refresher', async () => {
    const { name, namespace: own } = await forwarderPodManifest(installation);
    await pass(1);
    await waitUntilRunning(installation, { namespace: own, name });
    expect(installation.cloud.sts.assumedRoles).toMatchObject([{ durationSeconds: 3_600 }]);
    expect(installation.cloud.sts.identitySessions).toEqual([]);
    forwarder = await startInstalledForwarder(installation);
  });

  it('start a pod by its event, with credentials for twelve hours', async () => {
    addRole('demo-long', 43_200);
    await createPod(installation, { namespace, name: 'web', secrets: ['aws-iam-demo-long'] });
    await waitUntilRunning(installation, { namespace, name: 'web' });
    expect(await hoursLeft('demo-long')).toBeGreaterThan(11.9);
  });

  it('last an hour for a role that allows no more, which the pod is told', async () => {
    addRole('demo-short', 3_600);
    await createPod(installation, { namespace, name: 'worker', secrets: ['aws-iam-demo-short'] });
    await waitUntilRunning(installation, { namespace, name: 'worker' });
    expect(await hoursLeft('demo-short')).toBeLessThanOrEqual(1);
    const note = await waitUntil('the Event', async () => {
      const { items } = await installation.admin.listNamespacedEvent({ namespace });
      return items.find(({ reason }) => reason === 'SessionShortened')?.message;
    });
    expect(note).toContain(
      'aws iam update-role --role-name demo-short --max-session-duration 43200',
    );
  });

  it('are renewed at half of their life: the short one after half an hour, with one call', async () => {
    const before = { long: await expiryOf('demo-long'), short: await expiryOf('demo-short') };
    const { length } = installation.cloud.sts.identitySessions;
    await pass(31);
    expect(await expiryOf('demo-long')).toBe(before.long);
    expect(await expiryOf('demo-short')).toBeGreaterThan(before.short);
    const since = installation.cloud.sts.identitySessions.slice(length);
    expect(since.map(({ roleArn }) => roleArn.split('/').at(-1))).toEqual(['demo-short']);
  });
});
