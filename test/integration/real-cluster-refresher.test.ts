import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type RealCluster, startRealCluster } from '../../local/real-cluster/real-cluster.ts';
import { type ChartCluster, chartCluster } from '../support/chart-cluster.ts';
import { type Deployment, deploy, REFRESH, SWEEP } from '../support/deployment.ts';
import { describeRealCluster } from '../support/describe-real-cluster.ts';
import { helmAvailable, renderChart } from '../support/helm.ts';

/** Asks until the answer is there: a kubelet works in its own time. */
async function eventually<T>(what: string, ask: () => Promise<T | undefined>): Promise<T> {
  for (let tries = 0; tries < 600; tries++) {
    const answer = await ask();
    if (answer !== undefined) return answer;
    await setTimeout(100);
  }
  throw new Error(`never happened: ${what}`);
}

/** The files that a pod sees, by name; undefined while the volume is not there. */
async function filesIn(folder: string): Promise<Record<string, string> | undefined> {
  const names = await readdir(folder).catch(() => []);
  const files = names.filter((name) => !name.startsWith('.'));
  if (files.length === 0) return undefined;
  const contents = await Promise.all(files.map((name) => readFile(join(folder, name), 'utf8')));
  return Object.fromEntries(files.map((name, index) => [name, contents[index] ?? '']));
}

describeRealCluster('the deployed functions on a real cluster', () => {
  let deployment: Deployment & { readonly cluster: RealCluster };
  let cluster: ChartCluster;

  beforeAll(async () => {
    deployment = await deploy((authenticate) => startRealCluster({ nodes: 1, authenticate }));
    cluster = chartCluster(deployment.cluster);
    // The forwarder would want a Secret of its own, which the counts below leave out.
    const values = { 'forwarder.replicas': 0 };
    const manifests = helmAvailable() ? await renderChart(values) : [];
    for (const manifest of manifests) await cluster.apply(manifest);
    deployment.addPodRole('app-orders', 'shop');
    await createNamespace('shop', '["app-orders", "app-mine"]');
  });

  afterAll(async () => {
    await cluster?.close();
    await deployment?.stop();
  });

  async function createNamespace(name: string, allowedRoles: string): Promise<void> {
    const annotations = { 'iam.amazonaws.com/allowed-roles': allowedRoles };
    const { status } = await cluster.admin('POST', '/api/v1/namespaces', {
      metadata: { name, annotations },
    });
    expect(status).toBe(201);
  }

  /** Creates a pod that mounts the Secret, and returns the folder in which the kubelet keeps the files. */
  async function createPod(name: string, secretName: string, volume: object): Promise<string> {
    const { status, body } = await cluster.admin('POST', '/api/v1/namespaces/shop/pods', {
      metadata: { name },
      spec: {
        containers: [
          { name: 'c', image: 'app', volumeMounts: [{ name: 'v', mountPath: '/meta/aws-iam' }] },
        ],
        volumes: [{ name: 'v', ...volume }],
        terminationGracePeriodSeconds: 0,
      },
    });
    expect(status, secretName).toBe(201);
    const kind = 'secret' in volume ? 'kubernetes.io~secret' : 'kubernetes.io~projected';
    return join(deployment.cluster.podVolumesPath(body.metadata.uid), kind, 'v');
  }

  async function phaseOf(pod: string): Promise<unknown> {
    const { body } = await cluster.admin('GET', `/api/v1/namespaces/shop/pods/${pod}`);
    return (body['status'] as { phase?: string } | undefined)?.phase;
  }

  const running = (pod: string) =>
    eventually(`${pod} is Running`, async () =>
      (await phaseOf(pod)) === 'Running' ? true : undefined,
    );
  const secret = (name: string) => cluster.admin('GET', `/api/v1/namespaces/shop/secrets/${name}`);

  it('makes what a pending pod waits for, with the EKS token, under RBAC and the policies', async () => {
    const files = await createPod('web', 'aws-iam-app-orders', {
      secret: { secretName: 'aws-iam-app-orders' },
    });
    expect(await phaseOf('web')).toBe('Pending');
    expect(await deployment.invoke(REFRESH, { pass: 'refresh' })).toMatchObject({
      report: { counts: { created: 1, failed: 0, refused: 0 }, incomplete: [] },
    });
    await running('web');
    const mounted = await filesIn(files);
    expect(Object.keys(mounted ?? {}).sort()).toEqual([
      'credentials',
      'credentials.json',
      'credentials.process',
      'expire',
      'role-arn',
    ]);
    expect(mounted?.['credentials.process']).toBe(
      '[default]\ncredential_process = cat /meta/aws-iam/credentials.json\n',
    );
    expect(JSON.parse(mounted?.['credentials.json'] ?? '')).toMatchObject({
      Version: 1,
      Expiration: mounted?.['expire'],
    });
  });

  it('starts a pod with a projected source at once, since the Secret is there', async () => {
    const files = await createPod('worker', 'aws-iam-app-orders', {
      projected: { sources: [{ secret: { name: 'aws-iam-app-orders' } }] },
    });
    await running('worker');
    expect(await filesIn(files)).toHaveProperty('credentials');
  });

  it('has nothing to do then', async () => {
    expect(await deployment.invoke(REFRESH, { pass: 'refresh' })).toMatchObject({
      report: { counts: { created: 0, renewed: 0, kept: 1 } },
    });
    expect(await deployment.invoke(SWEEP, { pass: 'sweep' })).toMatchObject({
      report: { counts: { created: 0, renewed: 0, marked: 0, kept: 1 } },
    });
  });

  it('tells a pod whose namespace does not allow the role why, and gives nothing', async () => {
    await createPod('intruder', 'aws-iam-app-admin', {
      secret: { secretName: 'aws-iam-app-admin' },
    });
    expect(await deployment.invoke(REFRESH, { pass: 'check' })).toMatchObject({
      wouldDo: [
        { action: 'refuse', secret: 'aws-iam-app-admin', reason: 'namespace-does-not-allow' },
      ],
    });
    await deployment.invoke(REFRESH, { pass: 'refresh' });
    expect((await secret('aws-iam-app-admin')).status).toBe(404);
    await cluster.admin('DELETE', '/api/v1/namespaces/shop/pods/intruder');
  });

  it('leaves a Secret of a user alone although a pod wants its name', async () => {
    deployment.addPodRole('app-mine');
    await cluster.admin('POST', '/api/v1/namespaces/shop/secrets', {
      metadata: { name: 'aws-iam-app-mine' },
      stringData: { mine: 'yes' },
    });
    await createPod('mine', 'aws-iam-app-mine', { secret: { secretName: 'aws-iam-app-mine' } });
    await deployment.invoke(SWEEP, { pass: 'sweep' });
    const { body } = await secret('aws-iam-app-mine');
    expect(Object.keys(body['data'] as object)).toEqual(['mine']);
    expect(body.metadata['labels']).toBeUndefined();
    await cluster.admin('DELETE', '/api/v1/namespaces/shop/pods/mine');
  });

  it('renews in time, and the renewal reaches the files of the running pod', async () => {
    const before = await secret('aws-iam-app-orders');
    const { body: pod } = await cluster.admin('GET', '/api/v1/namespaces/shop/pods/web');
    const files = join(
      deployment.cluster.podVolumesPath(pod.metadata.uid),
      'kubernetes.io~secret',
      'v',
    );
    const expireBefore = (await filesIn(files))?.['expire'];
    deployment.clock.advance(36 * 60);
    expect(await deployment.invoke(REFRESH, { pass: 'refresh' })).toMatchObject({
      report: { counts: { renewed: 1, failed: 0 } },
    });
    const after = await secret('aws-iam-app-orders');
    expect(after.body.metadata.uid).toBe(before.body.metadata.uid);
    // A kubelet looks at a pod's volumes once a minute; a change of the pod makes it look now.
    await cluster.admin(
      'PATCH',
      '/api/v1/namespaces/shop/pods/web',
      { metadata: { annotations: { touched: 'yes' } } },
      'application/merge-patch+json',
    );
    await eventually('the files change', async () => {
      const expire = (await filesIn(files))?.['expire'];
      return expire !== expireBefore ? expire : undefined;
    });
  });

  it('removes the Secret half an hour after its pods are gone, and not before', async () => {
    for (const pod of ['web', 'worker']) {
      await cluster.admin('DELETE', `/api/v1/namespaces/shop/pods/${pod}`);
      await eventually(`${pod} is gone`, async () =>
        (await cluster.admin('GET', `/api/v1/namespaces/shop/pods/${pod}`)).status === 404
          ? true
          : undefined,
      );
    }
    const sweep = async () => deployment.invoke(SWEEP, { pass: 'sweep' });
    expect(await sweep()).toMatchObject({ report: { counts: { marked: 1, removed: 0 } } });
    deployment.clock.advance(29 * 60);
    expect(await sweep()).toMatchObject({ report: { counts: { marked: 0, removed: 0 } } });
    expect((await secret('aws-iam-app-orders')).status).toBe(200);
    deployment.clock.advance(2 * 60);
    expect(await sweep()).toMatchObject({ report: { counts: { removed: 1 } } });
    expect((await secret('aws-iam-app-orders')).status).toBe(404);
    expect((await secret('aws-iam-app-mine')).status).toBe(200);
  });

  it('was never turned down on the way, and wrote no credential into a log', () => {
    expect(deployment.cloud.tokenRefusals).toEqual([]);
    const log = deployment.cloud.logs.lines.map(({ text }) => text).join('\n');
    expect(log).toContain('created Secret');
    expect(log).not.toMatch(/ASIA[A-Z0-9]{8}|k8s-aws-v1|aws_secret|X-Amz-Signature/);
  });
});
