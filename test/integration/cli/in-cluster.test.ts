import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import {
  REFRESHER_LEASE,
  REQUEST_ANNOTATION,
  RESPONSE_ANNOTATION,
} from '../../../contract/kubernetes/refresher-lease.ts';
import { clusterRoles } from '../../../infra/access/cluster-roles.ts';
import { writeClusterChart } from '../../../infra/chart/chart-files.ts';
import { inClusterChartValues } from '../../../infra/chart/chart-values.ts';
import { functionsEnvironment } from '../../../infra/functions/functions-environment.ts';
import { readClusterSettings } from '../../../infra/settings/read-cluster-settings.ts';
import { createIam } from '../../../local/aws/iam/iam.ts';
import { type EmbeddedSts, startSts } from '../../../local/aws/sts/sts.ts';
import { MovableClock } from '../../../local/clock.ts';
import { operatorCredentials } from '../../../local/installation/operator.ts';
import { type RealCluster, startRealCluster } from '../../../local/real-cluster/real-cluster.ts';
import { type ChartCluster, chartCluster } from '../../support/chart/chart-cluster.ts';
import { helm } from '../../support/chart/helm.ts';
import { describeChartOnRealCluster } from '../../support/describe-real-cluster.ts';
import { kubeAwsIam } from '../../support/programs/command-line.ts';
import { kubeconfigFile } from '../../support/programs/kubeconfig.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const LOCATION = { partition: 'aws', account: '123456789012', region: 'eu-central-1' };
const ONPREM = {
  clusterName: 'onprem',
  account: LOCATION.account,
  region: LOCATION.region,
  assumableRoles: ['app-*'],
  kind: 'kubernetes',
  runsIn: 'cluster',
};
const ROLE = 'arn:aws:iam::123456789012:role/kube-aws-iam-eu-central-1-onprem';
const SECRET = 'aws-iam-kube-aws-iam-eu-central-1-onprem';
const SECRETS = '/api/v1/namespaces/kube-aws-iam/secrets';
const DEPLOYMENT = '/apis/apps/v1/namespaces/kube-aws-iam/deployments/kube-aws-iam-refresher';
const MERGE = 'application/merge-patch+json';

describeChartOnRealCluster('commands for a refresher in the cluster', () => {
  let cluster: RealCluster;
  let chart: ChartCluster;
  let sts: EmbeddedSts;
  let operators = 0;

  beforeAll(async () => {
    const clock = new MovableClock();
    const iam = createIam(clock);
    sts = await startSts({ iam, clock, region: LOCATION.region });
    // As the stack creates it.
    sts.addRole({
      arn: ROLE,
      trustPolicy: {
        Version: '2012-10-17',
        Statement: {
          Effect: 'Allow',
          Principal: { AWS: `arn:aws:iam::${LOCATION.account}:root` },
          Action: 'sts:AssumeRole',
          Condition: { StringEquals: { 'sts:RoleSessionName': 'kube-aws-iam@onprem' } },
        },
      },
    });
    cluster = await startRealCluster({
      authenticate: async (token) =>
        token === 'tenant' ? { username: 'jo', groups: ['tenants'] } : undefined,
    });
    chart = chartCluster(cluster);
    const [settings] = readClusterSettings({ clusters: [ONPREM] });
    if (settings === undefined) throw new Error('no settings');
    const roles = clusterRoles(settings, LOCATION);
    const toJson = (value: unknown) => JSON.stringify(value);
    const environment = functionsEnvironment({ settings, location: LOCATION, roles, toJson });
    const values = inClusterChartValues(settings, LOCATION.region, roles, environment);
    const folder = temporaryFolder();
    writeClusterChart(folder, values);
    await helm(
      ...['upgrade', 'kube-aws-iam', folder, '--install'],
      ...['--namespace', 'kube-aws-iam', '--create-namespace'],
      ...['--kubeconfig', cluster.kubeconfigPath],
    );
  }, 120_000);
  afterAll(async () => {
    await chart.close();
    await cluster.stop();
    await sts.stop();
  });

  interface Shell {
    readonly actions?: readonly string[];
    readonly settings?: object | null;
    readonly kubeconfig?: string;
  }

  function run(words: readonly string[], shell: Shell = {}) {
    const { actions = ['sts:AssumeRole'], settings = ONPREM } = shell;
    operators += 1;
    const credentials = operatorCredentials({ sts }, `operator-${operators}`, [{ actions }]);
    return kubeAwsIam(words, {
      ...(settings === null ? {} : { clusters: [settings] }),
      env: {
        KUBECONFIG: shell.kubeconfig ?? cluster.kubeconfigPath,
        AWS_REGION: LOCATION.region,
        AWS_ENDPOINT_URL_STS: sts.url,
        AWS_ACCESS_KEY_ID: credentials.accessKeyId,
        AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
        AWS_SESSION_TOKEN: credentials.sessionToken,
      },
    });
  }

  const secret = async () => (await chart.admin('GET', `${SECRETS}/${SECRET}`)).body;
  const removeSecret = () => chart.admin('DELETE', `${SECRETS}/${SECRET}`);

  describe('seed', () => {
    afterEach(removeSecret);

    it('creates the Secret as the refresher writes it, and renews it when repeated', async () => {
      const { code, stdout, stderr } = await run(['seed']);
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
      expect(stdout.split('\n')).toEqual([
        `Cluster onprem (eu-central-1): assuming ${ROLE} with your AWS credentials, and writing them to a Secret in context "local"`,
        expect.stringMatching(
          /^Secret aws-iam-kube-aws-iam-eu-central-1-onprem in namespace kube-aws-iam is created; its credentials expire at \S+Z$/,
        ),
        expect.stringMatching(/^The refresher renews them from now on/),
        'To wait for it: kubectl rollout status deployment kube-aws-iam-refresher --namespace kube-aws-iam',
        'To verify: kube-aws-iam doctor --cluster onprem --region eu-central-1',
        '',
      ]);
      const created = await secret();
      const { data, metadata } = created as unknown as {
        readonly data: Readonly<Record<string, string>>;
        readonly metadata: {
          readonly labels: object;
          readonly annotations: Readonly<Record<string, string>>;
        };
      };
      expect(Object.keys(data).toSorted()).toEqual([
        'credentials',
        'credentials.json',
        'credentials.process',
        'expire',
        'role-arn',
      ]);
      expect(metadata.labels).toMatchObject({ heritage: 'kube-aws-iam-controller' });
      expect(metadata.annotations).toMatchObject({
        'kube-aws-iam/role-arn': ROLE,
        'kube-aws-iam/session': expect.stringMatching(/^[0-9a-f]{8}$/),
        'kube-aws-iam/expires-at': expect.stringMatching(/Z$/),
      });
      expect(sts.assumedRoles.at(-1)).toMatchObject({ sessionName: 'kube-aws-iam@onprem' });
      const again = await run(['seed', '--role', ROLE, '--output', 'json']);
      expect(again.code).toBe(0);
      expect(JSON.parse(again.stdout)).toEqual({
        cluster: 'onprem',
        region: 'eu-central-1',
        roleArn: ROLE,
        secret: SECRET,
        result: 'renewed',
        expiresAt: expect.any(String),
      });
      expect(again.stdout).not.toMatch(/ASIA|aws_secret/);
    });

    it('writes what the refresher keeps: the next pass finds nothing to do', async () => {
      await run(['seed']);
      const pod = {
        metadata: { name: 'refresher' },
        spec: {
          containers: [{ name: 'c', image: 'app' }],
          volumes: [{ name: 'v', secret: { secretName: SECRET } }],
        },
      };
      await chart.admin('POST', '/api/v1/namespaces/kube-aws-iam/pods', pod);
      for (const words of [['status'], ['status', '--deployed', '--cluster', 'onprem']]) {
        const { code, stdout, stderr } = await run([...words, '-o', 'json']);
        expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
        expect(JSON.parse(stdout).secrets).toMatchObject([
          { state: 'ok', secret: SECRET, pods: ['refresher'] },
        ]);
      }
      await chart.admin(
        'DELETE',
        '/api/v1/namespaces/kube-aws-iam/pods/refresher?gracePeriodSeconds=0',
      );
    });

    it.each([
      [{ account: '999999999999' }, /\(eu-central-1, account 999999999999\)/],
      [{ region: 'eu-west-1' }, /\(eu-west-1, account 123456789012\)/],
    ])('hands nothing to a cluster of the same name elsewhere: %j', async (other, place) => {
      const assumed = sts.assumedRoles.length;
      const { code, stderr } = await run(['seed'], { settings: { ...ONPREM, ...other } });
      expect(code).toBe(1);
      expect(stderr).toMatch(
        /is that of cluster "onprem" \(eu-central-1, account 123456789012\), but the configuration is for "onprem"/,
      );
      expect(stderr).toMatch(place);
      expect(sts.assumedRoles).toHaveLength(assumed);
    });

    it('leaves a Secret without the label alone', async () => {
      await chart.admin('POST', SECRETS, {
        metadata: { name: SECRET },
        stringData: { 'credentials.json': 'mine' },
      });
      const { code, stderr } = await run(['seed']);
      expect(code).toBe(1);
      expect(stderr).toMatch(
        /exists and lacks the label heritage=kube-aws-iam-controller.*kubectl delete secret/,
      );
      expect((await secret())['data']).toEqual({ 'credentials.json': 'bWluZQ==' });
    });

    it('leaves a Secret of another object alone', async () => {
      await run(['seed']);
      const before = (await secret())['data'];
      const { body: namespace } = await chart.admin('GET', '/api/v1/namespaces/kube-aws-iam');
      const { uid } = namespace.metadata;
      const ownerReferences = [{ apiVersion: 'v1', kind: 'Namespace', name: 'kube-aws-iam', uid }];
      const patch = { metadata: { ownerReferences } };
      expect((await chart.admin('PATCH', `${SECRETS}/${SECRET}`, patch, MERGE)).status).toBe(200);
      const { code, stderr } = await run(['seed']);
      expect(code).toBe(1);
      expect(stderr).toMatch(/exists and belongs to another object/);
      expect((await secret())['data']).toEqual(before);
    });

    it('reports that the caller may not impersonate the refresher', async () => {
      await grantTenant();
      const { url, caPem } = cluster;
      const kubeconfig = kubeconfigFile({ url, caPem, user: { token: 'tenant' } });
      const { code, stderr } = await run(['seed'], { kubeconfig });
      expect(code).toBe(1);
      expect(stderr).toMatch(
        /you may not impersonate ServiceAccount kube-aws-iam\/kube-aws-iam-refresher \(.*cannot impersonate.*use the context of a cluster admin/,
      );
    });

    async function grantTenant(): Promise<void> {
      const rbac = '/apis/rbac.authorization.k8s.io/v1/namespaces/kube-aws-iam';
      await chart.admin('POST', `${rbac}/roles`, {
        metadata: { name: 'tenant' },
        rules: [{ apiGroups: ['apps'], resources: ['deployments'], verbs: ['get'] }],
      });
      const apiGroup = 'rbac.authorization.k8s.io';
      await chart.admin('POST', `${rbac}/rolebindings`, {
        metadata: { name: 'tenant' },
        roleRef: { kind: 'Role', name: 'tenant', apiGroup },
        subjects: [{ kind: 'Group', name: 'tenants', apiGroup }],
      });
    }

    it('reports a context that impersonates somebody already', async () => {
      const { url, caPem, adminToken: token } = cluster;
      const user = { token, as: 'admin', 'as-groups': ['system:masters'] };
      const { stderr } = await run(['seed'], { kubeconfig: kubeconfigFile({ url, caPem, user }) });
      expect(stderr).toMatch(
        /context "test" impersonates "admin", and a request can impersonate only one user/,
      );
    });

    it('reports a role that the caller may not assume', async () => {
      const { code, stderr } = await run(['seed'], { actions: ['s3:ListBucket'] });
      expect(code).toBe(1);
      expect(stderr).toMatch(
        /your AWS credentials may not assume arn:aws:iam::123456789012:role\/kube-aws-iam-eu-central-1-onprem: /,
      );
      expect((await secret()).kind).toBe('Status');
    });

    it.each([
      [
        ['--role', 'arn:aws:iam::123456789012:role/other'],
        ONPREM,
        /has the role .*-onprem, and renews no other of its own: omit --role/,
      ],
      [['--role', 'other'], ONPREM, /\(it is not the ARN of a role\)/],
      [
        [],
        { ...ONPREM, kind: 'eks', runsIn: 'lambda' },
        /runs in Lambda, which gives it credentials/,
      ],
      [
        [],
        { ...ONPREM, clusterName: 'other' },
        /the refresher in the cluster of context "local" is that of cluster "onprem", but the configuration is for "other"/,
      ],
    ])('refuses %j', async (words, settings, message) => {
      const { code, stderr } = await run(['seed', ...words], { settings });
      expect(code).toBe(1);
      expect(stderr).toMatch(message);
    });
  });

  describe('pause and resume', () => {
    const replicas = async () => {
      const { body } = await chart.admin('GET', DEPLOYMENT);
      return (body['spec'] as { readonly replicas: number }).replicas;
    };

    it('scale the Deployment to 0 and back, can be repeated, and work with --cluster only', async () => {
      await chart.admin('PATCH', DEPLOYMENT, { spec: { replicas: 2 } }, MERGE);
      const paused = await run(['pause', '--yes']);
      expect({ code: paused.code, stderr: paused.stderr }).toEqual({ code: 0, stderr: '' });
      expect(paused.stdout).toMatch(/^Deployment kube-aws-iam-refresher is paused\n/);
      expect(paused.stdout).toContain("\nThe refresher's own credentials are not renewed either");
      expect(await replicas()).toBe(0);
      expect((await run(['pause', '--yes'])).stdout).toMatch(/was already paused/);
      const resumed = await run(['resume']);
      expect({ code: resumed.code, stderr: resumed.stderr }).toEqual({ code: 0, stderr: '' });
      expect(resumed.stdout).toMatch(
        /^Deployment kube-aws-iam-refresher is resumed \(replicas: 2\)\n/,
      );
      expect(await replicas()).toBe(2);
      const again = await run(['resume', '--output', 'json']);
      expect(JSON.parse(again.stdout).resumed).toEqual([
        { functionName: 'Deployment kube-aws-iam-refresher', before: 2, after: 2 },
      ]);
    });

    it('do not touch the refresher of another cluster', async () => {
      const { code, stderr } = await run(['pause', '--yes'], {
        settings: { ...ONPREM, clusterName: 'other' },
      });
      expect(code).toBe(1);
      expect(stderr).toMatch(/is that of cluster "onprem", but the configuration is for "other"/);
      expect(await replicas()).toBeGreaterThan(0);
    });

    it.each([
      ['pause', '--yes'],
      ['resume'],
      ['renew', '--role', 'app-x'],
      ['status', '--deployed'],
    ])('do not touch the refresher of another account: %s', async (...words) => {
      const settings = { ...ONPREM, account: '999999999999' };
      const { code, stderr } = await run(words, { settings });
      expect(code).toBe(1);
      expect(stderr).toMatch(/but the configuration is for "onprem" \(.*account 999999999999\)/);
      expect(await replicas()).toBeGreaterThan(0);
    });
  });

  describe('renew', () => {
    const annotate = (annotations: object, spec: object = {}) =>
      chart.admin('PATCH', REFRESHER_LEASE.path, { metadata: { annotations }, spec }, MERGE);
    const lead = () =>
      annotate(
        { [REQUEST_ANNOTATION]: null, [RESPONSE_ANNOTATION]: null },
        {
          holderIdentity: 'pod-1',
          renewTime: new Date().toISOString().replace('Z', '000Z'),
          leaseDurationSeconds: 15,
        },
      );

    /** Answers the next request as the leader would. */
    async function answer(respond: (event: unknown) => object): Promise<unknown> {
      for (;;) {
        const { body } = await chart.admin('GET', REFRESHER_LEASE.path);
        const annotations = (body.metadata['annotations'] ?? {}) as Readonly<
          Record<string, string>
        >;
        const text = annotations[REQUEST_ANNOTATION];
        if (text !== undefined) {
          const { id, event } = JSON.parse(text);
          await annotate({ [RESPONSE_ANNOTATION]: JSON.stringify({ id, ...respond(event) }) });
          return event;
        }
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
    }

    it('has the leader renew, over the Lease', async () => {
      await lead();
      const renewal = { renewed: 3, notRenewed: [] };
      const [event, { code, stdout, stderr }] = await Promise.all([
        answer(() => ({ result: { renewal } })),
        run(['renew', '--role', 'app-orders']),
      ]);
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
      expect(event).toEqual({
        pass: 'refresh',
        renew: 'arn:aws:iam::123456789012:role/app-orders',
      });
      expect(stdout).toMatch(
        /^Secrets of arn:.*:role\/app-orders in cluster onprem: 3 renewed, 0 not renewed\.\n/,
      );
    });

    it('reports the error of the refresher', async () => {
      await lead();
      const [, { code, stderr }] = await Promise.all([
        answer(() => ({ error: 'IncompleteViewError: pods could not be listed' })),
        run(['renew', '--role', 'app-orders']),
      ]);
      expect(code).toBe(1);
      expect(stderr).toMatch(/the pass failed, .*: IncompleteViewError: pods could not be listed/);
    });

    it('reports that nothing leads, or that it is paused', async () => {
      await annotate({}, { holderIdentity: 'pod-1', renewTime: '2026-01-01T00:00:00.000000Z' });
      expect((await run(['renew', '--role', 'app-orders'])).stderr).toMatch(
        /no process of the refresher of cluster "onprem" holds Lease kube-aws-iam-refresher: run kubectl logs/,
      );
      await run(['pause', '--yes']);
      expect((await run(['renew', '--role', 'app-orders'])).stderr).toMatch(
        /is paused: its Deployment is scaled to 0 \(to resume: kube-aws-iam resume --cluster onprem --region eu-central-1\)/,
      );
      await run(['resume']);
    });
  });

  describe('doctor', () => {
    async function doctor(shell: Shell = {}) {
      const { stdout, code } = await run(['doctor', '-o', 'json'], {
        actions: ['sts:AssumeRole'],
        ...shell,
      });
      const { checks, first } = JSON.parse(stdout);
      return {
        code,
        first,
        checks: checks as readonly { id: string; status: string; says: string; remedy?: string }[],
      };
    }

    it('says that the seed is missing, and checks no function and nothing of EKS', async () => {
      const { code, first, checks } = await doctor();
      expect(code).toBe(1);
      expect(checks.filter(({ status }) => status === 'failed')).toEqual([
        {
          id: 'refresher-secret',
          title: 'refresher: Secret',
          status: 'failed',
          says: `Secret ${SECRET} is missing, so the refresher has no AWS credentials`,
          remedy: 'run: kube-aws-iam seed --cluster onprem --region eu-central-1',
        },
      ]);
      expect(first).toBe('refresher-secret');
      expect(checks.map(({ id }) => id)).not.toEqual(
        expect.arrayContaining([
          expect.stringMatching(/^(eks|access|authentication|sweep|events|forwarder)/),
        ]),
      );
      expect(checks.find(({ id }) => id === 'rights')?.says).toMatch(
        /^ServiceAccount kube-aws-iam\/kube-aws-iam-refresher: /,
      );
      expect(checks.find(({ id }) => id === 'refresher-environment')).toMatchObject({
        status: 'ok',
      });
    });

    it('names the paused Deployment, another configuration, and another cluster', async () => {
      await run(['seed']);
      await run(['pause', '--yes']);
      expect(await doctor()).toMatchObject({
        first: 'refresher',
        checks: expect.arrayContaining([
          expect.objectContaining({
            remedy: 'run: kube-aws-iam resume --cluster onprem --region eu-central-1',
          }),
        ]),
      });
      await run(['resume']);
      const drifted = await doctor({ settings: { ...ONPREM, assumableRoles: ['other-*'] } });
      expect(drifted.checks.find(({ id }) => id === 'refresher-environment')).toMatchObject({
        status: 'failed',
        says: 'it differs from cdk.json in ASSUMABLE_ROLES',
        remedy: expect.stringMatching(/^apply the manifests: /),
      });
      expect(await doctor({ settings: { ...ONPREM, clusterName: 'other' } })).toMatchObject({
        first: 'chart-cluster',
      });
      await removeSecret();
    });
  });
});
