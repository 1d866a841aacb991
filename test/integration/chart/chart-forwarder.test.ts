import { existsSync, writeFileSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { V1NetworkPolicySpec, V1Pod } from '@kubernetes/client-node';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { FORWARDER_SERVICE_ACCOUNT, PRODUCT_NAMESPACE } from '../../../contract/forwarder.ts';
import { SECRET_KEYS } from '../../../contract/kubernetes/secret.ts';
import { type ApiClient, apiClient } from '../../../local/api-client.ts';
import { freePort } from '../../../local/real-cluster/free-port.ts';
import { type RealCluster, startRealCluster } from '../../../local/real-cluster/real-cluster.ts';
import { waitUntil } from '../../../local/wait-until.ts';
import { type ChartCluster, chartCluster } from '../../support/chart/chart-cluster.ts';
import { forwarderContainer, forwarderPod } from '../../support/chart/forwarder-manifests.ts';
import { FORWARDER_FORBIDDEN, FORWARDER_RIGHTS } from '../../support/chart/forwarder-rights.ts';
import { type Manifest, manifestNamed, renderChart, renderYaml } from '../../support/chart/helm.ts';
import { kubectl } from '../../support/chart/kubectl.ts';
import { type Rule, rightsOf, roleWithout } from '../../support/chart/refresher-rights.ts';
import { describeChartOnRealCluster } from '../../support/describe-real-cluster.ts';
import {
  type RunningContainer,
  runContainer,
  volumeFolder,
} from '../../support/programs/run-container.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';
import {
  type EventBusStub,
  startEventBusStub,
} from '../../unit/forwarder/sending/event-bus-stub.ts';

const PODS = `/api/v1/namespaces/${PRODUCT_NAMESPACE}/pods`;
const SECRETS = `/api/v1/namespaces/${PRODUCT_NAMESPACE}/secrets`;
const SECRET = 'aws-iam-kube-aws-iam-forwarder-eu-central-1-test';

describeChartOnRealCluster('the chart, applied by kubectl', () => {
  let server: RealCluster;
  let cluster: ChartCluster;
  let manifests: readonly Manifest[];
  let rendered: string;

  beforeAll(async () => {
    server = await startRealCluster({ nodes: 1 });
    cluster = chartCluster(server);
    manifests = await renderChart();
    rendered = join(temporaryFolder(), 'chart.yaml');
    writeFileSync(rendered, await renderYaml());
    await cluster.admin('POST', '/api/v1/namespaces', { metadata: { name: 'team' } });
  });
  afterAll(async () => {
    await cluster.close();
    await server.stop();
  });

  /** Applies the chart. Returns the result of each object and the warnings. */
  const apply = async () => {
    const { stdout, stderr } = await kubectl(server, 'apply', '-f', rendered);
    return {
      done: stdout
        .trim()
        .split('\n')
        .map((line) => line.split(' ')[1]),
      stderr,
    };
  };

  it('is applied without warnings, and unchanged the second time', async () => {
    const all = (what: string) => ({ done: manifests.map(() => what), stderr: '' });
    expect(await apply()).toEqual(all('created'));
    expect(await apply()).toEqual(all('unchanged'));
  });

  // Nothing enforces it here, because hollow kubelets have no network plugin.
  it('has a NetworkPolicy that selects the pods of the forwarder', async () => {
    const manifest = manifestNamed(manifests, 'NetworkPolicy', FORWARDER_SERVICE_ACCOUNT);
    const { podSelector } = manifest['spec'] as V1NetworkPolicySpec;
    const labels = Object.entries(podSelector?.matchLabels ?? {});
    const selector = labels.map(([key, value]) => `${key}=${value}`).join(',');
    const selected = await waitUntil('a pod of the forwarder', async () => {
      const pods = await cluster.admin('GET', `${PODS}?labelSelector=${selector}`);
      return pods.body.items.length > 0 ? pods.body.items : undefined;
    });
    expect(selected).toHaveLength(1);
  });

  it('is accepted with a NetworkPolicy for EKS Pod Identity', async () => {
    const file = join(temporaryFolder(), 'pod-identity.yaml');
    const values = { 'forwarder.credentials': { source: 'podIdentity' } };
    writeFileSync(file, await renderYaml(values));
    const { stdout, stderr } = await kubectl(server, 'apply', '--dry-run=server', '-f', file);
    expect(stdout).toMatch(/networkpolicy\S+ configured \(server dry run\)/);
    expect(stderr).toBe('');
  });

  describe('the permissions of the forwarder', () => {
    let forwarder: ApiClient;
    const statusOf = async (path: string, method = 'GET') => {
      const body = method === 'GET' ? {} : { body: {} };
      const response = await forwarder.open(method, path, body);
      await response.body?.cancel();
      return response.status;
    };

    beforeAll(async () => {
      const { stdout } = await kubectl(
        server,
        ...['create', 'token', '-n', PRODUCT_NAMESPACE, FORWARDER_SERVICE_ACCOUNT],
      );
      forwarder = apiClient({ ...server, token: stdout.trim() });
      // The API server responds with 429 until a new resource is served.
      await waitUntil('AWSIAMRoles to be served', async () =>
        (await statusOf('/apis/zalando.org/v1/awsiamroles')) === 200 ? true : undefined,
      );
    });
    afterAll(() => forwarder.close());

    it('are those that the product uses', () => {
      const role = manifestNamed(manifests, 'ClusterRole', FORWARDER_SERVICE_ACCOUNT);
      const names = FORWARDER_RIGHTS.map(({ right }) => right);
      expect(rightsOf(role).map(({ right }) => right)).toEqual(names);
    });

    it.each(FORWARDER_RIGHTS)('allow $right', async ({ path }) => {
      expect(await statusOf(path)).toBe(200);
    });

    it.each(FORWARDER_RIGHTS)(
      'are required: without $right, only that request fails',
      async (one) => {
        await cluster.apply(roleWithout(manifests, one.right, FORWARDER_SERVICE_ACCOUNT));
        try {
          await waitUntil(`${one.right} to be refused`, async () =>
            (await statusOf(one.path)) === 403 ? true : undefined,
          );
          for (const other of FORWARDER_RIGHTS.filter(({ right }) => right !== one.right)) {
            expect([other.right, await statusOf(other.path)]).toEqual([other.right, 200]);
          }
        } finally {
          await cluster.apply(manifestNamed(manifests, 'ClusterRole', FORWARDER_SERVICE_ACCOUNT));
          await waitUntil(`${one.right} to be allowed again`, async () =>
            (await statusOf(one.path)) === 200 ? true : undefined,
          );
        }
      },
    );

    it.each(FORWARDER_FORBIDDEN)('do not allow $method $path', async ({ method, path }) => {
      expect(await statusOf(path, method)).toBe(403);
    });

    it('are complete: the API server reports no others', async () => {
      const rules = async (client: Pick<ApiClient, 'send'>) => {
        const { body } = await client.send(
          'POST',
          '/apis/authorization.k8s.io/v1/selfsubjectrulesreviews',
          { body: { spec: { namespace: PRODUCT_NAMESPACE } } },
        );
        const { resourceRules } = body['status'] as { resourceRules: readonly Rule[] };
        return resourceRules.flatMap(({ resources, verbs }) =>
          resources.flatMap((resource) => verbs.map((verb) => `${verb} ${resource}`)),
        );
      };
      const someone = cluster.as({ user: 'someone' });
      const everyone = await rules({ send: (m, path, init) => someone(m, path, init?.body) });
      const own = (await rules(forwarder)).filter((right) => !everyone.includes(right));
      expect(own.sort()).toEqual(FORWARDER_RIGHTS.map(({ right }) => right).sort());
    });
  });

  describe('the namespace of the forwarder', () => {
    const createPod = (change: object) => {
      const { spec } = forwarderPod(manifests);
      const containers = [{ ...forwarderContainer(manifests), ...change }];
      const pod = { metadata: { name: 'tried' }, spec: { ...spec, containers } };
      return cluster.admin('POST', `${PODS}?dryRun=All`, pod);
    };

    it('admits its pod', async () => {
      expect((await createPod({})).status).toBe(201);
    });

    it.each([
      ['can gain privileges', { securityContext: { capabilities: { drop: ['ALL'] } } }],
      ['keeps capabilities', { securityContext: { allowPrivilegeEscalation: false } }],
    ])('rejects a pod that %s', async (_, change) => {
      expect(await createPod(change)).toMatchObject({
        status: 403,
        body: { message: expect.stringContaining('violates PodSecurity "restricted') },
      });
    });
  });

  describe('the pod of the forwarder', () => {
    let bus: EventBusStub;
    let running: RunningContainer | undefined;
    beforeAll(async () => {
      bus = await startEventBusStub();
    });
    afterEach(() => running?.stop());
    afterAll(() => bus.stop());

    const pod = async (phase: string): Promise<V1Pod & { metadata: { uid: string } }> =>
      waitUntil(`the pod to be ${phase}`, async () => {
        const { body } = await cluster.admin('GET', PODS);
        const [first] = body.items as readonly (V1Pod & { metadata: { uid: string } })[];
        return first?.spec?.nodeName && first.status?.phase === phase ? first : undefined;
      });
    /** Creates the Secret like the refresher, except for the folder in it. */
    const createSecret = async (volumes: string) => {
      const { spec } = forwarderPod(manifests);
      const folder = spec && volumeFolder(spec, volumes, 'aws-iam');
      const json = { Version: 1, AccessKeyId: 'AKIAEXAMPLE', SecretAccessKey: 'key' };
      await cluster.admin('POST', SECRETS, {
        metadata: { name: SECRET },
        stringData: {
          [SECRET_KEYS.process]: `[default]\ncredential_process = cat ${folder}/${SECRET_KEYS.json}\n`,
          [SECRET_KEYS.json]: JSON.stringify(json),
        },
      });
    };

    it('starts when its Secret exists, and announces waiting pods', async () => {
      const waiting = await pod('Pending');
      const volumes = server.podVolumesPath(waiting.metadata.uid);
      const code = join(volumes, 'kubernetes.io~configmap', 'code', 'forwarder.cjs.gz');
      await waitUntil('the kubelet to mount the code', () => existsSync(code) || undefined);
      expect((await pod('Pending')).metadata.uid).toBe(waiting.metadata.uid);
      await createSecret(volumes);
      const { spec } = await pod('Running');
      if (!spec) throw new Error('the pod has no spec');
      const secretFolder = volumeFolder(spec, volumes, 'aws-iam');
      const { mode, gid } = await stat(join(secretFolder, SECRET_KEYS.process));
      expect([mode & 0o777, gid]).toEqual([0o440, spec.securityContext?.fsGroup]);

      const { hostname, port } = new URL(server.url);
      const own = await freePort();
      running = runContainer(spec, volumes, {
        KUBERNETES_SERVICE_HOST: hostname,
        KUBERNETES_SERVICE_PORT: port,
        SERVICE_ACCOUNT_FOLDER: volumeFolder(spec, volumes, 'service-account'),
        AWS_ENDPOINT_URL_EVENTBRIDGE: bus.url,
        PORT: String(own),
      });
      const { livenessProbe, readinessProbe } = spec.containers[0] ?? {};
      await waitUntil(
        'the forwarder to be ready',
        async () => (await running?.probe(readinessProbe)) || undefined,
      );
      expect(await running.probe(livenessProbe)).toBe(true);
      await cluster.admin('POST', '/api/v1/namespaces/team/pods', {
        metadata: { name: 'app' },
        spec: {
          containers: [{ name: 'app', image: 'app' }],
          volumes: [{ name: 'aws-iam', secret: { secretName: 'aws-iam-app' } }],
        },
      });
      await waitUntil(
        'the bus to receive an event',
        () => bus.credentialRequests.length > 0 || undefined,
      );
      expect(bus.credentialRequests).toEqual([
        { namespace: 'team', secret: 'aws-iam-app', pod: 'app', seenAt: expect.any(String) },
      ]);
      expect(await running.stop(), running.output).toBe(0);
    });
  });
});
