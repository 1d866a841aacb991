import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { loadAllYaml } from '@kubernetes/client-node';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import type { CheckResult } from '../../../bin/commands/doctor/check.ts';
import { examine } from '../../../bin/commands/doctor/run.ts';
import { operatorCredentials } from '../../../local/installation/operator.ts';
import { waitUntil } from '../../../local/wait-until.ts';
import type { Manifest } from '../../support/chart/helm.ts';
import {
  CLUSTER_NAME,
  EVENTS,
  REFRESH,
  REFRESHER_ROLE_ARN,
  SWEEP,
} from '../../support/deployment/deployment.ts';
import {
  DOCTOR_ACTIONS,
  type DoctorWorld,
  folderWith,
  SETTINGS,
  startDoctorWorld,
} from '../../support/deployment/doctor-world.ts';
import { startTcpProxy } from '../../support/deployment/tcp-proxy.ts';
import { describeChartOnRealCluster } from '../../support/describe-real-cluster.ts';
import { kubeAwsIam } from '../../support/programs/command-line.ts';
import {
  addCluster,
  type Caller,
  PROBLEMS,
  startedClusters,
  untilRefresher,
} from './doctor-problems.ts';

const AMBIENT = ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY', 'AWS_SESSION_TOKEN'];

/** Reads the permissions in docs/command-line.md, for the cluster of this test. */
async function documentedPermissions() {
  const text = await readFile(join(import.meta.dirname, '../../../docs/command-line.md'), 'utf8');
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
    await Promise.all(startedClusters.map((cluster) => cluster.stop()));
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
    return examine({}, (_, work) => work());
  }

  const withStatus = (results: readonly CheckResult[], status: CheckResult['status']) =>
    results.filter((one) => one.status === status);

  it('reports ok for every check', async () => {
    const results = await run();
    expect(results.filter(({ status }) => status !== 'ok')).toEqual([]);
    expect(results).toHaveLength(32);
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

  it.each(PROBLEMS)('when $what, only $check fails', async (problem) => {
    await problem.break?.(world);
    try {
      const results = await run(await problem.caller?.(world));
      const [first, ...more] = withStatus(results, 'failed');
      expect(first && { id: first.id, text: textOf(first), remedy: first.remedy }).toEqual({
        id: problem.check,
        text: expect.stringMatching(problem.says),
        remedy: expect.stringMatching(problem.remedy),
      });
      expect(more).toEqual([]);
    } finally {
      await problem.repair?.(world);
      await untilRefresher(world, true);
    }
  });

  it.each([
    ['the functions are paused', [REFRESH, SWEEP, EVENTS], 'refresh-running'],
    ['only sweep is paused', [SWEEP], 'sweep-running'],
    ['only events is paused', [EVENTS], 'events-running'],
  ])('when %s, one check fails', async (_, paused, check) => {
    const { functions } = world.cloud;
    const reserved = new Map(paused.map((name) => [name, functions.reservedConcurrency(name)]));
    for (const name of paused) functions.setReservedConcurrency(name, 0);
    const results = await run();
    for (const [name, before] of reserved) functions.setReservedConcurrency(name, before);
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
      expect(lines.slice(0, 32).filter((line) => !line.startsWith('ok '))).toEqual([]);
      expect(lines.slice(32)).toEqual(['', '32 checks: 32 ok']);
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
        /^Start with "refresh: concurrency": run: kube-aws-iam resume.*\n\n.*\n32 checks: 25 ok, 1 failed, 6 not checked\n$/s,
      );
    });

    it('prints one JSON document', async () => {
      const { code, stdout } = await doctor('--output', 'json');
      expect(code).toBe(0);
      expect(JSON.parse(stdout)).toMatchObject({
        ok: true,
        complete: true,
        summary: '32 checks: 32 ok',
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
        /^Start with "cluster": fix the kubeconfig.*\n32 checks: 1 ok, 31 not checked\n$/s,
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
        /^Start with "settings": .*\n\nFAILED {7}settings {14}Invalid settings .*, 1 problem.*assumableRoles/,
      );
      expect(stdout).toMatch(/\n32 checks: 1 failed, 31 not checked\n/);
    });

    it('exits with 2 on a usage error', async () => {
      expect((await doctor('--outptu', 'json')).code).toBe(2);
    });
  });

  describe('reports missing access of the caller as not checked', () => {
    const AWS_CHECKS = /^(eks|access|endpoint|refresh|sweep|events|roles|authentication)/;

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
        ['chart-cluster', 'missing permission: get deployments in namespace "kube-aws-iam"'],
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
        ['forwarder-events', 'missing permission: list pods in namespace "kube-aws-iam"'],
      ]);
    });

    it('with credentials of another account', async () => {
      const results = await run({ settings: { ...SETTINGS, account: '999999999999' } });
      expect(withStatus(results, 'failed')).toMatchObject([
        {
          id: 'aws-identity',
          says: expect.stringMatching(
            /^your credentials are for arn:aws:sts::123456789012:.* but the account of the cluster is 999999999999/,
          ),
        },
      ]);
    });
  });
});
