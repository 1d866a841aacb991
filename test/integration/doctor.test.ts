import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { loadAllYaml } from '@kubernetes/client-node';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import type { CheckResult } from '../../bin/commands/doctor/check.ts';
import { examine } from '../../bin/commands/doctor/run.ts';
import { FORWARDER_SERVICE_ACCOUNT } from '../../contract/forwarder.ts';
import { REFRESHERS_GROUP } from '../../contract/kubernetes/cluster-access.ts';
import type { EksCluster } from '../../local/aws/eks/eks.ts';
import { operatorCredentials } from '../../local/installation/operator.ts';
import { startEmbeddedCluster } from '../../local/kubernetes/embedded-cluster.ts';
import { freePort } from '../../local/real-cluster/free-port.ts';
import { waitUntil } from '../../local/wait-until.ts';
import { kubeAwsIam } from '../support/command-line.ts';
import { CLUSTER_NAME, REFRESH, REFRESHER_ROLE_ARN, SWEEP } from '../support/deployment.ts';
import { describeChartOnRealCluster } from '../support/describe-real-cluster.ts';
import {
  DEPLOYMENTS,
  DOCTOR_ACTIONS,
  type DoctorWorld,
  folderWith,
  INTERMEDIATE_ROLE_ARN,
  PODS,
  SETTINGS,
  startDoctorWorld,
} from '../support/doctor-world.ts';
import type { Manifest } from '../support/helm.ts';
import { roleWithout } from '../support/refresher-rights.ts';
import { startTcpProxy } from '../support/tcp-proxy.ts';

const ADMISSION = '/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicybindings';
const RBAC = '/apis/rbac.authorization.k8s.io/v1';
const DEFINITION =
  '/apis/apiextensions.k8s.io/v1/customresourcedefinitions/awsiamroles.zalando.org';
const FORWARDER = `${DEPLOYMENTS}/${FORWARDER_SERVICE_ACCOUNT}`;

/** The caller's kubeconfig and settings, if not those of an admin. */
interface Caller {
  readonly kubeconfig?: string;
  readonly settings?: object;
}

interface Row {
  readonly what: string;
  /** The only check that fails. */
  readonly check: string;
  /** Its text with details. */
  readonly says: RegExp;
  readonly remedy: RegExp;
  /** Breaks the installation. */
  readonly break?: (world: DoctorWorld) => unknown;
  /** Repairs it. */
  readonly repair?: (world: DoctorWorld) => unknown;
  /** Returns a caller with a wrong configuration. */
  readonly caller?: (world: DoctorWorld) => Promise<Caller>;
}

/** Waits until the cluster's caches have a change of the refresher's permissions. */
async function untilRefresher(world: DoctorWorld, isAllowed: boolean): Promise<void> {
  await waitUntil(`patch secrets to be ${isAllowed ? 'allowed' : 'refused'}`, async () => {
    const { body } = await world.cluster.admin(
      'POST',
      '/apis/authorization.k8s.io/v1/subjectaccessreviews',
      {
        spec: {
          groups: [REFRESHERS_GROUP],
          resourceAttributes: { verb: 'patch', resource: 'secrets' },
        },
      },
    );
    const { allowed } = body['status'] as { allowed: boolean };
    return allowed === isAllowed || undefined;
  });
}

const manifestsOf = ({ manifests }: DoctorWorld, kind: RegExp, name = 'kube-aws-iam-refresher') =>
  manifests.filter((one) => kind.test(one.kind) && one.metadata.name === name);

async function applyAgain(world: DoctorWorld, kind: RegExp, name?: string): Promise<void> {
  for (const manifest of manifestsOf(world, kind, name)) await world.apply(manifest);
}

const unavailable = { replicas: 1, availableReplicas: 0, unavailableReplicas: 1 };
const setForwarder = (world: DoctorWorld, status: object) =>
  world.patch(`${FORWARDER}/status`, { status });
const available = (world: DoctorWorld) =>
  setForwarder(world, { availableReplicas: 1, unavailableReplicas: 0 });

const ROWS: readonly Row[] = [
  {
    what: 'the cluster does not respond',
    check: 'cluster',
    says: /cannot be reached: .*ECONNREFUSED/,
    remedy: /make sure that kubectl can reach the cluster/,
    caller: async (world) => ({
      kubeconfig: await world.kubeconfig({ url: `https://127.0.0.1:${await freePort()}` }),
    }),
  },
  {
    what: 'the kubeconfig is for another cluster',
    check: 'right-cluster',
    says: /context "local" is for https:\/\/127\.0\.0\.1:\d+, but EKS cluster "test" is at https/,
    remedy: /aws eks update-kubeconfig --name test --region eu-central-1/,
    caller: async (world) => {
      const other = await startEmbeddedCluster({ clock: world.clock });
      others.push(other);
      const { url, caPem, adminToken: token } = other;
      return { kubeconfig: await world.kubeconfig({ url, caPem, token }) };
    },
  },
  {
    what: 'the chart is missing',
    check: 'chart',
    says: /ClusterRole kube-aws-iam-refresher is missing.*ClusterRoleBinding kube-aws-iam-refresher is missing/s,
    remedy: /kube-aws-iam manifests --cluster test --region eu-central-1 \| kubectl apply -f -/,
    break: async ({ cluster }) => {
      await cluster.admin('DELETE', `${RBAC}/clusterroles/kube-aws-iam-refresher`);
      await cluster.admin('DELETE', `${RBAC}/clusterrolebindings/kube-aws-iam-refresher`);
    },
    repair: (world) => applyAgain(world, /^ClusterRole/),
  },
  {
    what: 'the binding has another subject',
    check: 'chart',
    says: /ClusterRoleBinding kube-aws-iam-refresher does not contain subject kube-aws-iam:refreshers/,
    remedy: /kube-aws-iam manifests/,
    break: (world) =>
      world.patch(`${RBAC}/clusterrolebindings/kube-aws-iam-refresher`, {
        subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'Group', name: 'others' }],
      }),
    repair: (world) => applyAgain(world, /^ClusterRoleBinding/),
  },
  {
    what: 'the ClusterRole lacks a verb',
    check: 'rights',
    says: /group kube-aws-iam:refreshers lacks a permission: patch secrets in all namespaces/,
    remedy: /kube-aws-iam manifests/,
    break: async (world) => {
      await world.apply(roleWithout(world.manifests, 'patch secrets'));
      await untilRefresher(world, false);
    },
    repair: (world) => applyAgain(world, /^ClusterRole$/),
  },
  {
    what: 'the binding of a policy is missing',
    check: 'policies',
    says: /ValidatingAdmissionPolicyBinding kube-aws-iam-refresher is missing, so the policy has no effect/,
    remedy: /kube-aws-iam manifests/,
    break: async ({ cluster }) => {
      await cluster.admin('DELETE', `${ADMISSION}/kube-aws-iam-refresher`);
    },
    repair: (world) => applyAgain(world, /PolicyBinding/),
  },
  {
    what: 'a policy only warns',
    check: 'policies',
    says: /Binding kube-aws-iam-label has Warn, Audit instead of Deny, so nothing is denied/,
    remedy: /kube-aws-iam manifests/,
    break: (world) =>
      world.patch(`${ADMISSION}/kube-aws-iam-label`, {
        spec: { validationActions: ['Warn', 'Audit'] },
      }),
    // Applying the manifest again would not remove the added actions: the list is a set with several field managers.
    repair: (world) =>
      world.patch(`${ADMISSION}/kube-aws-iam-label`, { spec: { validationActions: ['Deny'] } }),
  },
  {
    what: 'the definition of AWSIAMRoles is missing',
    check: 'awsiamroles',
    says: /awsiamroles\.zalando\.org is missing/,
    remedy: /kube-aws-iam manifests/,
    break: async ({ cluster }) => {
      await cluster.admin('DELETE', DEFINITION);
      await waitUntil('the definition to be deleted', async () => {
        const { status } = await cluster.admin('GET', DEFINITION);
        return status === 404 || undefined;
      });
    },
    repair: (world) => applyAgain(world, /^CustomResourceDefinition$/, 'awsiamroles.zalando.org'),
  },
  {
    what: 'the cluster does not support access entries',
    check: 'authentication-mode',
    says: /authentication mode CONFIG_MAP ignores the access entry/,
    remedy: /aws eks update-cluster-config --name test .*API_AND_CONFIG_MAP/,
    break: ({ cloud, cluster }) =>
      addCluster({ cloud, cluster }, { authenticationMode: 'CONFIG_MAP' }),
    repair: (world) => addCluster(world, {}),
  },
  {
    what: 'the access entry is missing',
    check: 'access-entry',
    says: /cluster "test" has no access entry for .*role\/kube-aws-iam-eu-central-1-test/,
    remedy: /npx cdk deploy KubeAwsIam-test; .*aws eks create-access-entry/,
    break: ({ cloud }) => cloud.eks.removeAccessEntry(CLUSTER_NAME, REFRESHER_ROLE_ARN),
    repair: (world) => putEntry(world, [REFRESHERS_GROUP]),
  },
  {
    what: 'the access entry has no group',
    check: 'access-entry',
    says: /has no group instead of kube-aws-iam:refreshers/,
    remedy:
      /aws eks update-access-entry --cluster-name test .*--kubernetes-groups kube-aws-iam:refreshers/,
    break: (world) => putEntry(world, []),
    repair: (world) => putEntry(world, [REFRESHERS_GROUP]),
  },
  {
    what: 'the function refresh is paused',
    check: 'refresh-running',
    says: /function refresh is paused/,
    remedy: /kube-aws-iam resume --cluster test/,
    break: ({ cloud }) => cloud.functions.setReservedConcurrency(REFRESH, 0),
    repair: async ({ cloud }) => cloud.functions.setReservedConcurrency(REFRESH, undefined),
  },
  {
    what: 'the schedule of sweep is disabled',
    check: 'sweep-schedule',
    says: /schedule kube-aws-iam-test-sweep is disabled/,
    remedy: /enable it/,
    break: ({ cloud }) => cloud.scheduler.setEnabled(SWEEP, false),
    repair: async ({ cloud }) => cloud.scheduler.setEnabled(SWEEP, true),
  },
  {
    what: 'a role trusts another principal',
    check: 'roles',
    says: /1 of 3 cannot be assumed.*role\/app-locked for namespace "shop": .*not authorized to perform: sts:AssumeRole/s,
    remedy: /kube-aws-iam trust-policy ROLE/,
    break: (world) => world.addPod('locked', 'app-locked'),
    repair: ({ cluster }) => cluster.admin('DELETE', '/api/v1/namespaces/shop/pods/locked'),
  },
  {
    what: 'the intermediate role denies the refresher',
    check: 'roles',
    says: /the intermediate role arn:aws:iam::123456789012:role\/pod-roles \(setting assumeRole\).* cannot be assumed/,
    remedy: /trust/,
    break: async ({ cloud }) => {
      const message = `User is not authorized to perform: sts:AssumeRole on resource: ${INTERMEDIATE_ROLE_ARN}`;
      cloud.sts.faults.add({
        effect: { kind: 'error', status: 403, code: 'AccessDenied', message },
        match: ({ resource }) => resource === INTERMEDIATE_ROLE_ARN,
        times: Number.POSITIVE_INFINITY,
      });
      await cloud.functions.retireIdle();
    },
    repair: ({ cloud }) => cloud.sts.faults.clear(),
  },
  {
    what: 'the function cannot reach the cluster, unlike the caller',
    check: 'refresh-run',
    says: /the function failed: ClusterUnreachableError: .*certificate is not signed by the authority that EKS names/,
    remedy: /the function runs outside of any VPC and may be unable to reach what you can/,
    break: async ({ cloud, cluster }) => {
      const other = await startEmbeddedCluster({ clock: { now: () => new Date() } });
      others.push(other);
      addCluster({ cloud, cluster }, { caPem: other.caPem });
      await cloud.functions.retireIdle();
    },
    repair: async (world) => {
      addCluster(world, {});
      await world.cloud.functions.retireIdle();
    },
  },
  {
    what: 'the forwarder is scaled to 0',
    check: 'forwarder',
    says: /Deployment kube-aws-iam-forwarder is scaled to 0/,
    remedy: /kubectl scale deployment kube-aws-iam-forwarder .*--replicas 1/,
    break: (world) => world.patch(FORWARDER, { spec: { replicas: 0 } }),
    repair: (world) => world.patch(FORWARDER, { spec: { replicas: 1 } }),
  },
  {
    what: 'the image of the forwarder cannot be pulled',
    check: 'forwarder',
    says: /the image of pod forwarder-1 cannot be pulled: ImagePullBackOff: Back-off pulling image "node"/,
    remedy: /forwarder\.image/,
    break: async (world) => {
      await setForwarder(world, unavailable);
      const waiting = { reason: 'ImagePullBackOff', message: 'Back-off pulling image "node"' };
      await setPod(world, { containerStatuses: [containerStatus({ waiting })] });
    },
    repair: async (world) => {
      await available(world);
      await setPod(world, { containerStatuses: null });
    },
  },
  {
    what: 'the forwarder cannot be scheduled',
    check: 'forwarder',
    says: /pod forwarder-1 cannot be scheduled: 0\/3 nodes are available/,
    remedy: /node/,
    break: async (world) => {
      await setForwarder(world, unavailable);
      const message = '0/3 nodes are available';
      await setPod(world, { conditions: [{ type: 'PodScheduled', status: 'False', message }] });
    },
    repair: async (world) => {
      await available(world);
      await setPod(world, { conditions: null });
    },
  },
  {
    what: "the forwarder's Secret has expired",
    check: 'forwarder-secret',
    says: /credentials in Secret aws-iam-kube-aws-iam-forwarder-eu-central-1-test expired at 2020-01-01T00:00:00Z/,
    remedy: /check the log of the refresh function/,
    break: (world) => setExpiry(world, '2020-01-01T00:00:00Z'),
    repair: (world) => setExpiry(world, new Date(Date.now() + 3_600_000).toISOString()),
  },
  {
    what: 'the function was deployed with other settings',
    check: 'refresh-environment',
    says: /it differs from cdk\.json in NAMESPACE_RESTRICTIONS.*NAMESPACE_RESTRICTIONS: required; cdk\.json: annotated/s,
    remedy: /npx cdk deploy KubeAwsIam-test/,
    caller: async () => ({ settings: { ...SETTINGS, namespaceRestrictions: 'annotated' } }),
  },
];

const others: { stop(): Promise<void> }[] = [];

function addCluster(
  { cloud, cluster }: Pick<DoctorWorld, 'cloud' | 'cluster'>,
  changes: Partial<EksCluster>,
): void {
  const { url: endpoint, caPem } = cluster;
  cloud.eks.addCluster({ name: CLUSTER_NAME, endpoint, caPem, ...changes });
}

function putEntry({ cloud }: DoctorWorld, kubernetesGroups: readonly string[]): void {
  const principalArn = REFRESHER_ROLE_ARN;
  cloud.eks.putAccessEntry({ clusterName: CLUSTER_NAME, principalArn, kubernetesGroups });
}

function setPod(world: DoctorWorld, status: object): Promise<void> {
  return world.patch(`${PODS}/forwarder-1/status`, { status });
}

function setExpiry(world: DoctorWorld, expiresAt: string): Promise<void> {
  const secret = 'aws-iam-kube-aws-iam-forwarder-eu-central-1-test';
  return asRefresher(world, `/api/v1/namespaces/kube-aws-iam/secrets/${secret}`, {
    metadata: { annotations: { 'kube-aws-iam/expires-at': expiresAt } },
  });
}

async function asRefresher({ cluster }: DoctorWorld, path: string, body: object): Promise<void> {
  const send = cluster.as({ user: 'refresher', group: REFRESHERS_GROUP });
  const response = await send('PATCH', path, body, 'application/merge-patch+json');
  expect(response.status).toBe(200);
}

function containerStatus(state: object) {
  return { name: 'forwarder', image: 'node', imageID: '', ready: false, restartCount: 0, state };
}

const AMBIENT = ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY', 'AWS_SESSION_TOKEN'];

/** Reads the permissions in docs/command-line.md, for the cluster of this test. */
async function documentedPermissions() {
  const text = await readFile(join(import.meta.dirname, '../../docs/command-line.md'), 'utf8');
  const [, section = ''] = text.replaceAll('prod', CLUSTER_NAME).split(/^## (?=doctor$)/m);
  const block = (kind: string) => section.split(`\`\`\`${kind}\n`)[1]?.split('```')[0] ?? '';
  const { Statement } = JSON.parse(block('json')) as { Statement: readonly Documented[] };
  const manifests: readonly Manifest[] = loadAllYaml(block('yaml'));
  return {
    manifests,
    allowed: Statement.map(({ Action, Resource }) => ({
      actions: [Action].flat(),
      resources: [Resource].flat(),
    })),
  };
}

interface Documented {
  readonly Action: string | string[];
  readonly Resource: string | string[];
}

const textOf = ({ says, details = [] }: CheckResult) => [says, ...details].join('\n');

describeChartOnRealCluster('doctor, on a real cluster', () => {
  let world: DoctorWorld;
  let credentials: ReturnType<typeof operatorCredentials>;
  const here = process.cwd();

  beforeAll(async () => {
    world = await startDoctorWorld();
    credentials = operatorCredentials(world.cloud, 'operator', [{ actions: DOCTOR_ACTIONS }]);
  }, 120_000);
  afterAll(async () => {
    await Promise.all(others.map((other) => other.stop()));
    await world.stop();
  });
  afterEach(() => {
    vi.unstubAllEnvs();
    vi.restoreAllMocks();
    process.chdir(here);
  });

  async function run(
    { kubeconfig, settings = SETTINGS }: Caller = {},
    who: typeof credentials | null = credentials,
  ): Promise<readonly CheckResult[]> {
    for (const [name, value] of Object.entries(world.shell(who ?? undefined, kubeconfig))) {
      vi.stubEnv(name, value);
    }
    // The caller must not have the credentials of this machine.
    for (const name of AMBIENT) vi.stubEnv(name, who === null ? undefined : process.env[name]);
    vi.stubEnv('HOME', '/nowhere');
    vi.stubEnv('AWS_EC2_METADATA_DISABLED', 'true');
    process.chdir(await folderWith(settings));
    return examine({}, { during: (_, work) => work(), report: () => undefined });
  }

  const withStatus = (results: readonly CheckResult[], status: CheckResult['status']) =>
    results.filter((one) => one.status === status);

  it('reports ok for every check', async () => {
    const results = await run();
    expect(results.filter(({ status }) => status !== 'ok')).toEqual([]);
    expect(results).toHaveLength(25);
  });

  it('identifies the cluster behind a proxy by its token issuer', async () => {
    const proxy = await startTcpProxy(Number(new URL(world.cluster.url).port));
    const { body } = await world.cluster.admin('GET', '/.well-known/openid-configuration');
    addCluster(world, { oidcIssuer: String(body['issuer']) });
    const results = await run({
      kubeconfig: await world.kubeconfig({ url: `https://127.0.0.1:${proxy.port}` }),
    });
    addCluster(world, {});
    await proxy.stop();
    expect(results.filter(({ status }) => status !== 'ok')).toEqual([]);
    expect(results.find(({ id }) => id === 'right-cluster')?.says).toMatch(
      /that cluster by its token issuer$/,
    );
  });

  it.each(ROWS)('when $what, only $check fails', async (row) => {
    await row.break?.(world);
    try {
      const results = await run(await row.caller?.(world));
      const [first, ...more] = withStatus(results, 'failed');
      expect(first && { id: first.id, text: textOf(first), remedy: first.remedy }).toEqual({
        id: row.check,
        text: expect.stringMatching(row.says),
        remedy: expect.stringMatching(row.remedy),
      });
      expect(more).toEqual([]);
    } finally {
      await row.repair?.(world);
      await untilRefresher(world, true);
    }
  });

  it.each([
    ['both functions are paused', [REFRESH, SWEEP], 'refresh-running'],
    ['only sweep is paused', [SWEEP], 'sweep-running'],
  ])('when %s, one check fails', async (_, paused, check) => {
    for (const name of paused) world.cloud.functions.setReservedConcurrency(name, 0);
    const results = await run();
    for (const name of paused) world.cloud.functions.setReservedConcurrency(name, undefined);
    expect(withStatus(results, 'failed').map(({ id }) => id)).toEqual([check]);
  });

  it('needs only the permissions in docs/command-line.md', async () => {
    const { allowed, manifests } = await documentedPermissions();
    for (const manifest of manifests) await world.apply(manifest);
    const token = await world.tokenOf('doctor', manifests);
    const documented = operatorCredentials(world.cloud, 'documented', allowed);
    const kubeconfig = await world.kubeconfig({ token });
    const results = await waitUntil('RBAC to grant the permissions', async () => {
      const found = await run({ kubeconfig }, documented);
      return found.some(({ says }) => says.startsWith('missing permission')) ? undefined : found;
    });
    expect(results.filter(({ status }) => status !== 'ok')).toEqual([]);
  });

  describe('as a command', () => {
    const doctor = (...words: readonly string[]) =>
      kubeAwsIam(['doctor', ...words], { clusters: [SETTINGS], env: world.shell(credentials) });

    it('exits with 0 and a line for each check when all are ok', async () => {
      const { code, stdout, stderr } = await doctor();
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
      const lines = stdout.trimEnd().split('\n');
      expect(lines.slice(0, 25).filter((line) => !line.startsWith('ok '))).toEqual([]);
      expect(lines.slice(25)).toEqual(['', '25 checks: 25 ok']);
    });

    it('exits with 1, the remedy below the failure, and where to start', async () => {
      world.cloud.functions.setReservedConcurrency(REFRESH, 0);
      const { code, stdout } = await doctor();
      world.cloud.functions.setReservedConcurrency(REFRESH, undefined);
      expect(code).toBe(1);
      expect(stdout).toMatch(
        /^FAILED {7}refresh: concurrency {2}function refresh is paused: .*\n {35}-> run: kube-aws-iam resume --cluster test --region eu-central-1$/m,
      );
      expect(stdout).toMatch(
        /\n25 checks: 19 ok, 1 failed, 5 not checked\nStart with "refresh: concurrency": run: kube-aws-iam resume.*\n$/,
      );
    });

    it('prints one JSON document', async () => {
      const { code, stdout } = await doctor('--output', 'json');
      expect(code).toBe(0);
      expect(JSON.parse(stdout)).toMatchObject({
        ok: true,
        complete: true,
        summary: '25 checks: 25 ok',
        checks: expect.arrayContaining([
          { id: 'access-entry', title: expect.any(String), status: 'ok', says: REFRESHER_ROLE_ARN },
        ]),
      });
    });

    it('exits with 1 without access to both the cluster and AWS', async () => {
      const place = { clusters: [SETTINGS], env: world.shell(undefined, '/nowhere') };
      const table = await kubeAwsIam(['doctor'], place);
      expect(table.code).toBe(1);
      expect(table.stdout).toMatch(
        /\n25 checks: 1 ok, 24 not checked\nStart with "cluster": fix the kubeconfig/,
      );
      const { code, stdout } = await kubeAwsIam(['doctor', '--output', 'json'], place);
      expect(code).toBe(1);
      expect(JSON.parse(stdout)).toMatchObject({ ok: false, complete: false });
    });

    it('reports an invalid cdk.json, and skips all other checks', async () => {
      const clusters = [{ ...SETTINGS, assumableRoles: ['*'] }];
      const { code, stdout } = await kubeAwsIam(['doctor'], {
        clusters,
        env: world.shell(credentials),
      });
      expect(code).toBe(1);
      expect(stdout).toMatch(
        /^FAILED {7}settings {14}Invalid settings .*, 1 problem.*assumableRoles/,
      );
      expect(stdout).toMatch(/\n25 checks: 1 failed, 24 not checked\n/);
    });

    it('exits with 2 on a usage error', async () => {
      expect((await doctor('--outptu', 'json')).code).toBe(2);
    });
  });

  describe('reports missing access of the caller as not checked', () => {
    const AWS_CHECKS = /^(eks|access|refresh|sweep|roles|authentication)/;

    it('without AWS credentials, and examines the cluster', async () => {
      const results = await run({}, null);
      expect(withStatus(results, 'failed')).toEqual([]);
      const unknown = withStatus(results, 'not-checked');
      expect(unknown.map(({ id }) => id).filter((id) => !AWS_CHECKS.test(id))).toEqual([
        'aws-identity',
        'right-cluster',
      ]);
      expect(unknown[0]).toMatchObject({
        says: expect.stringMatching(/AWS rejected your credentials: CredentialsProviderError/),
        remedy: expect.stringMatching(/log in/),
      });
    });

    it('without a kubeconfig, and examines AWS', async () => {
      const results = await run({ kubeconfig: '/nowhere' });
      expect(withStatus(results, 'failed')).toEqual([]);
      expect(withStatus(results, 'not-checked')[0]).toMatchObject({
        id: 'cluster',
        says: expect.stringMatching(/kubeconfig \/nowhere does not exist/),
      });
      expect(withStatus(results, 'ok').map(({ id }) => id)).toContain('refresh-run');
    });

    it('with credentials without permissions', async () => {
      const nobody = operatorCredentials(world.cloud, 'nobody', []);
      const results = await run({}, nobody);
      expect(withStatus(results, 'failed')).toEqual([]);
      const unknown = withStatus(results, 'not-checked').map(({ says }) => says);
      expect(unknown).toEqual(
        expect.arrayContaining([
          'missing permission: eks:DescribeCluster',
          'missing permission: lambda:GetFunctionConfiguration',
          'missing permission: lambda:InvokeFunction',
          'missing permission: scheduler:GetSchedule',
        ]),
      );
    });

    it('without one permission, for each of them', async () => {
      for (const missing of DOCTOR_ACTIONS) {
        const actions = DOCTOR_ACTIONS.filter((action) => action !== missing);
        const name = `without-${missing.replace(':', '-')}`;
        const results = await run({}, operatorCredentials(world.cloud, name, [{ actions }]));
        const unknown = withStatus(results, 'not-checked').filter(({ because }) => !because);
        expect(withStatus(results, 'failed')).toEqual([]);
        expect(new Set(unknown.map(({ says }) => says))).toContain(
          `missing permission: ${missing}`,
        );
      }
    });

    it('with a token without permissions', async () => {
      const results = await run({
        kubeconfig: await world.kubeconfig({ token: await world.tokenOf('nobody') }),
      });
      expect(withStatus(results, 'failed')).toEqual([]);
      const unknown = withStatus(results, 'not-checked').map(({ id, says }) => [id, says]);
      expect(unknown).toEqual([
        [
          'chart',
          expect.stringMatching(
            /^missing permission: get namespaces, get clusterroles, get clusterrolebindings$/,
          ),
        ],
        [
          'policies',
          expect.stringMatching(
            /^missing permission: get validatingadmissionpolicies, get validating/,
          ),
        ],
        ['awsiamroles', 'missing permission: get customresourcedefinitions'],
        ['rights', 'missing permission: create subjectaccessreviews.authorization.k8s.io'],
        ['forwarder-secret', 'missing permission: get secrets in namespace "kube-aws-iam"'],
        ['forwarder', 'missing permission: get deployments in namespace "kube-aws-iam"'],
      ]);
    });

    it('with credentials of another account', async () => {
      const results = await run({ settings: { ...SETTINGS, account: '999999999999' } });
      expect(withStatus(results, 'failed')).toMatchObject([
        {
          id: 'aws-identity',
          says: expect.stringMatching(
            /^your credentials are for arn:aws:sts::123456789012:.* but cdk.json sets account 999999999999/,
          ),
        },
      ]);
    });
  });
});
