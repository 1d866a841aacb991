import { afterAll, beforeAll, expect, it } from 'vitest';
import { PRODUCT_NAMESPACE } from '../../contract/forwarder.ts';
import { REFRESHER_ROLE_ARN } from '../../local/installation/installation.ts';
import { createPod, waitUntilRunning } from '../../local/installation/pods.ts';
import type { PodProcess } from '../../local/pod-process/pod-process.ts';
import { waitUntil } from '../../local/wait-until.ts';
import { describeChartOnRealCluster } from '../support/describe-real-cluster.ts';
import { addRoleForIdentity, trustIssuer } from './identity-provider.ts';
import { type InClusterInstallation, installInCluster } from './in-cluster-product.ts';
import { createNamespace, INSTALLATION_TIMEOUT_MS } from './installed-product.ts';

const ISSUER = 'https://oidc.example.com/id/real';
const SESSIONS = { source: 'oidc', hours: 12, issuer: ISSUER };
const HOUR_MS = 3_600_000;
const namespace = 'shop';

describeChartOnRealCluster('the refresher in the cluster with an OIDC issuer', () => {
  let installation: InClusterInstallation;
  let refresher: PodProcess | undefined;

  beforeAll(async () => {
    installation = await installInCluster(
      { sessions: SESSIONS },
      { 'service-account-issuer': ISSUER },
    );
    trustIssuer(installation, ISSUER);
    await createNamespace(installation, namespace);
  }, INSTALLATION_TIMEOUT_MS);
  afterAll(async () => {
    await refresher?.stop();
    await installation?.stop();
  });

  it('starts without a seed, and has its own credentials by the token of its pod', async () => {
    const [pod] = await installation.pods();
    const name = pod?.metadata?.name ?? '';
    await waitUntilRunning(installation, { namespace: PRODUCT_NAMESPACE, name });
    if (pod !== undefined) refresher = await installation.startProcess(pod);
    await waitUntil('it to lead', async () => (await installation.leader()) || undefined);
    await installation.request({ pass: 'refresh' });
    const { cloud } = installation;
    // Its log needs credentials of AWS; sessions of pods do not.
    await waitUntil('its log', async () => cloud.logs.lines.length > 0 || undefined);
    expect(cloud.sts.identitySessions.map(({ roleArn }) => roleArn)).toContain(REFRESHER_ROLE_ARN);
    expect(cloud.sts.assumedRoles).toEqual([]);
  });

  it('starts a pod with a session of twelve hours, by a token of kube-aws-iam-sessions', async () => {
    const { admin, clock, cloud } = installation;
    addRoleForIdentity(installation, { name: 'demo-long', issuer: ISSUER, namespace });
    const before = cloud.sts.identitySessions.length;
    await createPod(installation, { namespace, name: 'web', secrets: ['aws-iam-demo-long'] });
    await waitUntilRunning(installation, { namespace, name: 'web' });
    const { metadata } = await admin.readNamespacedSecret({ namespace, name: 'aws-iam-demo-long' });
    const expiry = Date.parse(metadata?.annotations?.['kube-aws-iam/expires-at'] ?? '');
    expect((expiry - clock.now().getTime()) / HOUR_MS).toBeGreaterThan(11.9);
    // The trust policy of the role accepts no other ServiceAccount, and no session name but that of the namespace.
    expect(
      cloud.sts.identitySessions.slice(before).map(({ roleArn }) => roleArn.split('/').at(-1)),
    ).toEqual(['demo-long']);
  });

  it('finds them in a pass, and never speaks of a seed', async () => {
    const { cloud } = installation;
    expect(await installation.request({ pass: 'refresh' })).toMatchObject({
      result: { report: { counts: { failed: 0, kept: 1 } } },
    });
    expect(cloud.cloudWatch.rejectedLines).toEqual([]);
    expect(refresher?.lines.join('\n')).not.toContain('kube-aws-iam seed');
  });
});
