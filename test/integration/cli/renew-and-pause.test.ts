import { PatchStrategy, setHeaderOptions } from '@kubernetes/client-node';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { EXPIRES_AT_ANNOTATION } from '../../../contract/kubernetes/secret.ts';
import { operatorCredentials, shellEnvironment } from '../../../local/installation/operator.ts';
import {
  ACCOUNT,
  CLUSTER_NAME,
  EVENTS,
  REFRESH,
  REGION,
  SWEEP,
} from '../../support/deployment/deployment.ts';
import {
  deployEmbedded,
  type EmbeddedDeployment,
} from '../../support/deployment/embedded-deployment.ts';
import { kubeAwsIam } from '../../support/programs/command-line.ts';
import { execUser, kubeconfigFile } from '../../support/programs/kubeconfig.ts';

/** The permissions of these commands in docs/command-line.md. */
const RENEWING = ['lambda:InvokeFunction'];
const PAUSING = [
  'lambda:GetFunctionConcurrency',
  'lambda:PutFunctionConcurrency',
  'lambda:DeleteFunctionConcurrency',
];

const SETTINGS = {
  clusterName: CLUSTER_NAME,
  account: ACCOUNT,
  region: REGION,
  assumableRoles: ['app-*'],
};

let deployment: EmbeddedDeployment;
beforeEach(async () => {
  deployment = await deployEmbedded();
  deployment.addPodRole('app-orders');
  const annotations = { 'iam.amazonaws.com/allowed-roles': '["app-*"]' };
  await deployment.admin.createNamespace({ body: { metadata: { name: 'shop', annotations } } });
  await addPod('web', 'app-orders');
  await deployment.invoke(REFRESH, { pass: 'refresh' });
});
afterEach(() => deployment.stop());

async function addPod(name: string, role: string): Promise<void> {
  const volumes = [{ name: 'aws-iam', secret: { secretName: `aws-iam-${role}` } }];
  const spec = { containers: [{ name: 'c', image: 'app' }], volumes };
  await deployment.admin.createNamespacedPod({
    namespace: 'shop',
    body: { metadata: { name }, spec },
  });
}

async function expiryOf(role: string): Promise<string | undefined> {
  const { metadata } = await deployment.admin.readNamespacedSecret({
    namespace: 'shop',
    name: `aws-iam-${role}`,
  });
  return metadata?.annotations?.[EXPIRES_AT_ANNOTATION];
}

interface Shell {
  readonly actions?: readonly string[];
  readonly clusters?: readonly object[] | null;
  readonly kubeconfig?: string;
  /** The account of the credentials. */
  readonly account?: string;
}

/** Runs a command as an operator with these permissions. */
function run(words: readonly string[], shell: Shell = {}) {
  const { actions = [...RENEWING, ...PAUSING], clusters = [SETTINGS], account } = shell;
  const { url, caPem, adminToken: token } = deployment.cluster;
  const { kubeconfig = kubeconfigFile({ url, caPem, user: { token } }) } = shell;
  operators += 1;
  const allowed = actions.length === 0 ? [] : [{ actions }];
  const credentials = operatorCredentials(
    deployment.cloud,
    `operator-${operators}`,
    allowed,
    account,
  );
  return kubeAwsIam(words, {
    ...(clusters === null ? {} : { clusters }),
    env: { ...shellEnvironment(deployment.cloud, credentials), KUBECONFIG: kubeconfig },
  });
}
let operators = 0;

describe('renew', () => {
  it('renews Secrets that are not due, and prints how many, and when pods receive them', async () => {
    deployment.clock.advance(120);
    const before = await expiryOf('app-orders');
    const { code, stdout, stderr } = await run(['renew', '--role', 'app-orders']);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(
      /^Secrets of arn:aws:iam::123456789012:role\/app-orders in cluster test: 1 renewed, 0 not renewed\.\n/,
    );
    expect(stdout).toMatch(/within about two minutes.*kubectl rollout restart/s);
    expect(await expiryOf('app-orders')).not.toBe(before);
  });

  it('accepts an ARN, and prints one JSON document', async () => {
    const arn = `arn:aws:iam::${ACCOUNT}:role/app-orders`;
    const { code, stdout } = await run(['renew', '--role', arn, '--output', 'json']);
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toEqual({
      cluster: 'test',
      account: ACCOUNT,
      region: REGION,
      roleArn: arn,
      renewed: 1,
      notRenewed: [],
    });
  });

  it('renews no other role', async () => {
    deployment.clock.advance(120);
    const before = await expiryOf('app-orders');
    const { code, stdout } = await run(['renew', '--role', 'app-other']);
    expect(code).toBe(0);
    expect(stdout).toBe(
      'Cluster test has no Secret of arn:aws:iam::123456789012:role/app-other.\n',
    );
    expect(await expiryOf('app-orders')).toBe(before);
  });

  it('fails with the reason when a Secret could not be renewed', async () => {
    const { cloud } = deployment;
    const message = 'User is not authorized to perform: sts:AssumeRole';
    cloud.sts.faults.add({
      effect: { kind: 'error', status: 403, code: 'AccessDenied', message },
      match: ({ action }) => action === 'AssumeRole',
      times: Number.POSITIVE_INFINITY,
    });
    const { code, stdout } = await run(['renew', '--role', 'app-orders']);
    expect(code).toBe(1);
    expect(stdout).toMatch(
      /: 0 renewed, 1 not renewed\.\nfailed: shop\/aws-iam-app-orders: assume-role-denied: User is not authorized .*\nFix the problems above/,
    );
  });

  it('ignores failures of other roles', async () => {
    await addPod('other', 'app-missing');
    const { code, stdout } = await run(['renew', '--role', 'app-orders', '--output', 'json']);
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ renewed: 1, notRenewed: [] });
  });

  it('reports a Secret that is no longer allowed as refused', async () => {
    const body = { metadata: { annotations: { 'iam.amazonaws.com/allowed-roles': '[]' } } };
    await deployment.admin.patchNamespace(
      { name: 'shop', body },
      setHeaderOptions('Content-Type', PatchStrategy.MergePatch),
    );
    const { code, stdout } = await run(['renew', '--role', 'app-orders']);
    expect(code).toBe(0);
    expect(stdout).toMatch(
      /: 0 renewed, 1 not renewed\.\nrefused: shop\/aws-iam-app-orders: namespace-does-not-allow/,
    );
  });

  it('reports the error of the function', async () => {
    deployment.cloud.eks.addCluster({ name: CLUSTER_NAME, authenticationMode: 'CONFIG_MAP' });
    await deployment.cloud.functions.retireIdle();
    const { code, stderr } = await run(['renew', '--role', 'app-orders']);
    expect(code).toBe(1);
    expect(stderr).toMatch(/^error: the pass failed, .*: Cluster\w+Error: /);
  });

  it.each([
    [
      'no permission',
      { actions: PAUSING },
      /missing permission lambda:InvokeFunction on function kube-aws-iam-test-refresh/,
    ],
    [
      'credentials of another account',
      { account: '999999999999' },
      /missing permission lambda:InvokeFunction on function kube-aws-iam-test-refresh \(eu-central-1, account 123456789012\): request it, or log in to the account of the cluster/,
    ],
    [
      'another name of the cluster',
      { clusters: [{ ...SETTINGS, clusterName: 'other' }] },
      /function kube-aws-iam-other-refresh .* does not exist|missing permission/,
    ],
  ])('reports the problem with %s', async (_, shell, message) => {
    const { code, stdout, stderr } = await run(['renew', '--role', 'app-orders'], shell);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toMatch(message);
  });

  it('reports that the function is paused', async () => {
    deployment.cloud.functions.setReservedConcurrency(REFRESH, 0);
    const { code, stderr } = await run(['renew', '--role', 'app-orders']);
    expect(code).toBe(1);
    expect(stderr).toMatch(
      /is throttled .*it is paused \(to resume: kube-aws-iam resume --cluster test --region eu-central-1\)/,
    );
  });

  it.each([[['renew']], [['renew', '--role', 'app-orders', '--output', 'yaml']]])(
    'exits with 2 on a usage error: %j',
    async (words) => {
      expect((await run(words)).code).toBe(2);
    },
  );

  it('rejects an invalid role', async () => {
    const { code, stderr } = await run(['renew', '--role', 'no role']);
    expect(code).toBe(1);
    expect(stderr).toMatch(/"no role" is neither a role name/);
  });
});

describe('pause and resume', () => {
  const reserved = () =>
    [REFRESH, SWEEP, EVENTS].map((name) => deployment.cloud.functions.reservedConcurrency(name));
  const successes = () =>
    deployment.cloud.functions.invocations.filter(({ result }) => result.kind === 'success').length;

  it('stop the functions, and start them again', async () => {
    const paused = await run(['pause', '--yes']);
    expect({ code: paused.code, stderr: paused.stderr }).toEqual({ code: 0, stderr: '' });
    expect(reserved()).toEqual([0, 0, 0]);
    expect(paused.stdout.split('\n')).toEqual([
      'kube-aws-iam-test-refresh is paused',
      'kube-aws-iam-test-sweep is paused',
      'kube-aws-iam-test-events is paused',
      expect.stringMatching(
        /^Secrets in use \(context "test"\): 1\. Unless the refresher is resumed, their credentials expire from .*Z to .*Z\.$/,
      ),
      expect.stringMatching(/^No Secret is created, renewed or removed until you resume/),
      expect.stringMatching(/^Alarms will fire: kube-aws-iam-test-page-refresh-stopped/),
      'To resume: kube-aws-iam resume --cluster test --region eu-central-1',
      '',
    ]);
    const before = successes();
    await deployment.cloud.scheduler.advance(180);
    expect(successes()).toBe(before);

    const resumed = await run(['resume']);
    expect(resumed.code).toBe(0);
    expect(resumed.stdout).toMatch(
      /^kube-aws-iam-test-refresh is resumed \(reserved concurrency: none\)/,
    );
    expect(resumed.stdout).toContain(
      '\nkube-aws-iam-test-events is resumed (reserved concurrency: 5)\n',
    );
    expect(resumed.stdout).toMatch(/The next refresh, within a minute/);
    expect(resumed.stdout).toMatch(/kube-aws-iam doctor --cluster test --region eu-central-1, /);
    expect(reserved()).toEqual([undefined, undefined, 5]);
    await deployment.cloud.scheduler.advance(60);
    expect(successes()).toBeGreaterThan(before);
  });

  it('can be repeated', async () => {
    await run(['pause', '--yes']);
    const again = await run(['pause', '--yes']);
    expect(again.code).toBe(0);
    expect(again.stdout).toContain('kube-aws-iam-test-sweep was already paused');
    await run(['resume']);
    const resumed = await run(['resume']);
    expect(resumed.code).toBe(0);
    expect(resumed.stdout).toContain('kube-aws-iam-test-refresh was not paused');
  });

  it('restores the configured reserved concurrency', async () => {
    await run(['pause', '--yes', '--output', 'json']);
    const clusters = [{ ...SETTINGS, reservedConcurrency: { refresh: 3 } }];
    const { stdout } = await run(['resume', '--output', 'json'], { clusters });
    expect(JSON.parse(stdout)).toEqual({
      cluster: 'test',
      account: ACCOUNT,
      region: REGION,
      resumed: [
        { functionName: REFRESH, before: 0, after: 3 },
        { functionName: SWEEP, before: 0 },
        { functionName: EVENTS, before: 0, after: 5 },
      ],
    });
    expect(reserved()).toEqual([3, undefined, 5]);
  });

  it('reserves no concurrency for pod events with "none"', async () => {
    await run(['pause', '--yes']);
    const clusters = [{ ...SETTINGS, reservedConcurrency: { events: 'none' } }];
    const { code, stdout } = await run(['resume'], { clusters });
    expect(code).toBe(0);
    expect(stdout).toContain('kube-aws-iam-test-events is resumed (reserved concurrency: none)');
    expect(reserved()).toEqual([undefined, undefined, undefined]);
  });

  it('resumes the passes, and prints what to run, if the concurrency cannot be reserved', async () => {
    await run(['pause', '--yes']);
    const clusters = [{ ...SETTINGS, reservedConcurrency: { events: 1_000 } }];
    const { code, stdout, stderr } = await run(['resume'], { clusters });
    expect(code).toBe(1);
    expect(stdout).toContain('kube-aws-iam-test-sweep is resumed');
    expect(reserved()).toEqual([undefined, undefined, 0]);
    expect(stderr).toMatch(/below its minimum value of \[100\].*raise the concurrency quota/);
    expect(stderr).toContain(
      'run: aws lambda delete-function-concurrency --function-name kube-aws-iam-test-events --region eu-central-1',
    );
  });

  it('prints one JSON document', async () => {
    const { stdout } = await run(['pause', '--yes', '--output', 'json']);
    expect(JSON.parse(stdout)).toEqual({
      cluster: 'test',
      account: ACCOUNT,
      region: REGION,
      paused: [
        { functionName: REFRESH, after: 0 },
        { functionName: SWEEP, after: 0 },
        { functionName: EVENTS, before: 5, after: 0 },
      ],
      credentials: {
        context: 'test',
        secrets: 1,
        firstEndsAt: await expiryOf('app-orders'),
        lastEndsAt: await expiryOf('app-orders'),
      },
    });
  });

  it('does nothing without a terminal and --yes', async () => {
    const { code, stdout, stderr } = await run(['pause']);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(/^error: no terminal to ask for confirmation: use --yes/);
    expect(reserved()).toEqual([undefined, undefined, 5]);
  });

  it('pauses without access to the cluster, and without a cdk.json', async () => {
    const words = ['pause', '--yes', '--cluster', 'test', '--region', REGION];
    const { code, stdout } = await run(words, { clusters: null, kubeconfig: '/nowhere' });
    expect(code).toBe(0);
    expect(stdout).toMatch(
      /^The expiry of the credentials in use is unknown: .*[^.]\. A session lasts one hour at most/m,
    );
    expect(reserved()).toEqual([0, 0, 0]);
    const resumed = await run(['resume', '--cluster', 'test'], { clusters: null });
    expect(resumed.code).toBe(0);
    expect(resumed.stderr).toMatch(
      /Without a cdk.json, the functions get the reserved concurrency of the default settings/,
    );
    expect(reserved()).toEqual([undefined, undefined, 5]);
    expect(resumed.stdout).toMatch(
      /To verify: kube-aws-iam status --cluster test --region eu-central-1 --deployed\n$/,
    );
  });

  it('keeps the reserved concurrency of a function that is not paused, without a cdk.json', async () => {
    deployment.cloud.functions.setReservedConcurrency(REFRESH, 5);
    deployment.cloud.functions.setReservedConcurrency(SWEEP, 0);
    deployment.cloud.functions.setReservedConcurrency(EVENTS, 20);
    const { code, stdout } = await run(['resume', '--cluster', 'test'], { clusters: null });
    expect(code).toBe(0);
    expect(stdout).toMatch(
      /^kube-aws-iam-test-refresh was not paused \(reserved concurrency: 5\)\n/,
    );
    expect(reserved()).toEqual([5, undefined, 20]);
  });

  it.each([
    [
      'has another cluster',
      [{ ...SETTINGS, clusterName: 'other' }],
      /cdk.json has no cluster "test"/,
    ],
    [
      'is invalid',
      [{ ...SETTINGS, assumableRoles: ['*'] }],
      /Invalid settings .*, 1 problem\(s\):/,
    ],
  ])('ignores a cdk.json that %s, with --cluster and --region', async (_, clusters, why) => {
    const words = ['pause', '--yes', '--cluster', 'test', '--region', REGION];
    const { code, stderr } = await run(words, { clusters });
    expect(code).toBe(0);
    expect(stderr).toMatch(/^Ignoring cdk.json, using --cluster and --region: /);
    expect(stderr).toMatch(why);
    expect(reserved()).toEqual([0, 0, 0]);
    expect((await run(['pause', '--yes', '--cluster', 'test'], { clusters })).code).toBe(1);
  });

  it('rejects a region that contradicts cdk.json', async () => {
    const { code, stderr } = await run(['pause', '--yes', '--region', 'us-east-1']);
    expect(code).toBe(1);
    expect(stderr).toMatch(
      /--region is us-east-1, but cdk.json sets eu-central-1 for cluster "test"/,
    );
  });

  it.each(['pause --yes', 'resume'])('does nothing in another account: %s', async (command) => {
    deployment.cloud.functions.setReservedConcurrency(SWEEP, 0);
    const { code, stderr } = await run(command.split(' '), { account: '999999999999' });
    expect(code).toBe(1);
    expect(stderr).toMatch(
      /on function kube-aws-iam-test-refresh \(eu-central-1, account 123456789012\): request it, or log in/,
    );
    expect(reserved()).toEqual([undefined, 0, 5]);
  });

  it('pauses before it reads the cluster', async () => {
    const user = execUser('exit 1');
    const { url } = deployment.cluster;
    const kubeconfig = kubeconfigFile({ url, user });
    const { code, stdout } = await run(['pause', '--yes'], { kubeconfig });
    expect(code).toBe(0);
    expect(stdout.split('\n')).toEqual([
      'kube-aws-iam-test-refresh is paused',
      'kube-aws-iam-test-sweep is paused',
      'kube-aws-iam-test-events is paused',
      expect.stringMatching(/^The expiry of the credentials in use is unknown: .*get-token/),
      ...Array(4).fill(expect.any(String)),
    ]);
  });

  it('prints in JSON what was done before a failure', async () => {
    const { cloud } = deployment;
    cloud.functions.setReservedConcurrency(REFRESH, 0);
    const actions = ['lambda:GetFunctionConcurrency'];
    const { code, stdout, stderr } = await run(['pause', '--yes', '-o', 'json'], { actions });
    expect(code).toBe(1);
    expect(stderr).toMatch(/^error: missing permission lambda:PutFunctionConcurrency/);
    expect(JSON.parse(stdout)).toEqual({
      cluster: 'test',
      account: ACCOUNT,
      region: REGION,
      paused: [{ functionName: REFRESH, before: 0, after: 0 }],
      error: expect.stringMatching(/on function kube-aws-iam-test-sweep/),
    });
  });

  it('names the missing permission, and prints what was done before', async () => {
    const { code, stdout, stderr } = await run(['pause', '--yes'], {
      actions: ['lambda:GetFunctionConcurrency'],
    });
    expect(code).toBe(1);
    expect(stderr).toMatch(
      /missing permission lambda:PutFunctionConcurrency on function kube-aws-iam-test-refresh/,
    );
    expect(stdout).not.toContain('is paused');
    expect(reserved()).toEqual([undefined, undefined, 5]);
  });
});
