import { PatchStrategy, setHeaderOptions } from '@kubernetes/client-node';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { EXPIRES_AT_ANNOTATION } from '../../contract/secret.ts';
import { kubeAwsIam } from '../support/command-line.ts';
import { ACCOUNT, CLUSTER_NAME, REFRESH, REGION, SWEEP } from '../support/deployment.ts';
import { deployEmbedded, type EmbeddedDeployment } from '../support/embedded-deployment.ts';
import { execUser, kubeconfigFile } from '../support/kubeconfig.ts';
import { operatorCredentials, shellEnvironment } from '../support/operator.ts';

/** What docs/command-line.md says that these commands need. */
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

async function endOf(role: string): Promise<string | undefined> {
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

/** Runs a command as somebody who may do these things. */
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
  it('renews what lasts long yet, and says how many, and when pods have it', async () => {
    deployment.clock.advance(120);
    const before = await endOf('app-orders');
    const { code, stdout, stderr } = await run(['renew', '--role', 'app-orders']);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(
      /^Secrets of arn:aws:iam::123456789012:role\/app-orders in cluster test: 1 renewed, 0 not\.\n/,
    );
    expect(stdout).toMatch(/within about two minutes.*kubectl rollout restart/s);
    expect(await endOf('app-orders')).not.toBe(before);
  });

  it('takes an ARN, and prints one JSON document', async () => {
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

  it('leaves other roles as they are', async () => {
    deployment.clock.advance(120);
    const before = await endOf('app-orders');
    const { code, stdout } = await run(['renew', '--role', 'app-other']);
    expect(code).toBe(0);
    expect(stdout).toBe(
      'Cluster test has no Secret of arn:aws:iam::123456789012:role/app-other.\n',
    );
    expect(await endOf('app-orders')).toBe(before);
  });

  it('fails when a Secret could not be renewed, with the reason', async () => {
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
      /: 0 renewed, 1 not\.\nfailed: shop\/aws-iam-app-orders: assume-role-denied: User is not authorized .*\nNot all was renewed/,
    );
  });

  it('does not care for what fails of other roles', async () => {
    await addPod('other', 'app-missing');
    const { code, stdout } = await run(['renew', '--role', 'app-orders', '--output', 'json']);
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ renewed: 1, notRenewed: [] });
  });

  it('says of what is no longer allowed that it is not renewed', async () => {
    const body = { metadata: { annotations: { 'iam.amazonaws.com/allowed-roles': '[]' } } };
    await deployment.admin.patchNamespace(
      { name: 'shop', body },
      setHeaderOptions('Content-Type', PatchStrategy.MergePatch),
    );
    const { code, stdout } = await run(['renew', '--role', 'app-orders']);
    expect(code).toBe(0);
    expect(stdout).toMatch(
      /: 0 renewed, 1 not\.\nrefused: shop\/aws-iam-app-orders: namespace-does-not-allow/,
    );
  });

  it("passes the function's own error on", async () => {
    deployment.cloud.eks.addCluster({ name: CLUSTER_NAME, authenticationMode: 'CONFIG_MAP' });
    await deployment.cloud.functions.retireIdle();
    const { code, stderr } = await run(['renew', '--role', 'app-orders']);
    expect(code).toBe(1);
    expect(stderr).toMatch(/^error: the run failed, .*: Cluster\w+Error: /);
  });

  it.each([
    [
      'no permission',
      { actions: PAUSING },
      /you may not lambda:InvokeFunction on function kube-aws-iam-test-refresh/,
    ],
    [
      'credentials of another account',
      { account: '999999999999' },
      /you may not lambda:InvokeFunction on function kube-aws-iam-test-refresh in eu-central-1 of account 123456789012: ask for that right, or log in to the account of the cluster/,
    ],
    [
      'another name of the cluster',
      { clusters: [{ ...SETTINGS, clusterName: 'other' }] },
      /there is no function kube-aws-iam-other-refresh|you may not/,
    ],
  ])('says what is wrong with %s', async (_, shell, message) => {
    const { code, stdout, stderr } = await run(['renew', '--role', 'app-orders'], shell);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toMatch(message);
  });

  it('says that the function is paused', async () => {
    deployment.cloud.functions.setReservedConcurrency(REFRESH, 0);
    const { code, stderr } = await run(['renew', '--role', 'app-orders']);
    expect(code).toBe(1);
    expect(stderr).toMatch(
      /takes no invocation .*it is paused \(kube-aws-iam resume --cluster test --region eu-central-1\)/,
    );
  });

  it.each([[['renew']], [['renew', '--role', 'app-orders', '--output', 'yaml']]])(
    'called wrongly ends with 2: %j',
    async (words) => {
      expect((await run(words)).code).toBe(2);
    },
  );

  it('refuses what is no role', async () => {
    const { code, stderr } = await run(['renew', '--role', 'no role']);
    expect(code).toBe(1);
    expect(stderr).toMatch(/"no role" is neither the name of a role/);
  });
});

describe('pause and resume', () => {
  const reserved = () =>
    [REFRESH, SWEEP].map((name) => deployment.cloud.functions.reservedConcurrency(name));
  const ran = () =>
    deployment.cloud.functions.invocations.filter(({ result }) => result.kind === 'success').length;

  it('keep both functions from running, and let them run again', async () => {
    const paused = await run(['pause', '--yes']);
    expect({ code: paused.code, stderr: paused.stderr }).toEqual({ code: 0, stderr: '' });
    expect(reserved()).toEqual([0, 0]);
    expect(paused.stdout.split('\n')).toEqual([
      'kube-aws-iam-test-refresh is paused',
      'kube-aws-iam-test-sweep is paused',
      expect.stringMatching(
        /^Secrets in use \(context "test"\): 1\. Their credentials end from .*Z to .*Z, unless/,
      ),
      expect.stringMatching(/^No Secret is made, renewed or removed any more/),
      expect.stringMatching(/^Alarms will fire: kube-aws-iam-test-page-refresh-stopped/),
      'To go on: kube-aws-iam resume --cluster test --region eu-central-1',
      '',
    ]);
    const before = ran();
    await deployment.cloud.scheduler.advance(180);
    expect(ran()).toBe(before);

    const resumed = await run(['resume']);
    expect(resumed.code).toBe(0);
    expect(resumed.stdout).toMatch(
      /^kube-aws-iam-test-refresh runs again \(reserved concurrency: none\)/,
    );
    expect(resumed.stdout).toMatch(/The next tick, within a minute/);
    expect(resumed.stdout).toMatch(/kube-aws-iam doctor --cluster test --region eu-central-1, /);
    expect(reserved()).toEqual([undefined, undefined]);
    await deployment.cloud.scheduler.advance(60);
    expect(ran()).toBeGreaterThan(before);
  });

  it('can be repeated', async () => {
    await run(['pause', '--yes']);
    const again = await run(['pause', '--yes']);
    expect(again.code).toBe(0);
    expect(again.stdout).toContain('kube-aws-iam-test-sweep was paused already');
    await run(['resume']);
    const resumed = await run(['resume']);
    expect(resumed.code).toBe(0);
    expect(resumed.stdout).toContain('kube-aws-iam-test-refresh was not paused');
  });

  it('puts the configured reserved concurrency back', async () => {
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
      ],
    });
    expect(reserved()).toEqual([3, undefined]);
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
      ],
      credentials: {
        context: 'test',
        secrets: 1,
        firstEndsAt: await endOf('app-orders'),
        lastEndsAt: await endOf('app-orders'),
      },
    });
  });

  it('does nothing where nobody can be asked and --yes is not said', async () => {
    const { code, stdout, stderr } = await run(['pause']);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(/^error: there is no terminal to ask on: say --yes/);
    expect(reserved()).toEqual([undefined, undefined]);
  });

  it('pauses without a cluster to look at, and without a cdk.json', async () => {
    const words = ['pause', '--yes', '--cluster', 'test', '--region', REGION];
    const { code, stdout } = await run(words, { clusters: null, kubeconfig: '/nowhere' });
    expect(code).toBe(0);
    expect(stdout).toMatch(
      /^How long the credentials in use last could not be seen: .*[^.]\. A session lasts an hour at most/m,
    );
    expect(reserved()).toEqual([0, 0]);
    const resumed = await run(['resume', '--cluster', 'test'], { clusters: null });
    expect(resumed.code).toBe(0);
    expect(resumed.stderr).toMatch(/Without a cdk.json no concurrency is reserved/);
    expect(resumed.stdout).toMatch(
      /well: kube-aws-iam status --cluster test --region eu-central-1 --deployed\n$/,
    );
  });

  it('without a cdk.json, leaves the reservation of what is not paused alone', async () => {
    deployment.cloud.functions.setReservedConcurrency(REFRESH, 5);
    deployment.cloud.functions.setReservedConcurrency(SWEEP, 0);
    const { code, stdout } = await run(['resume', '--cluster', 'test'], { clusters: null });
    expect(code).toBe(0);
    expect(stdout).toMatch(
      /^kube-aws-iam-test-refresh was not paused \(reserved concurrency: 5\)\n/,
    );
    expect(reserved()).toEqual([5, undefined]);
  });

  it.each([
    [
      'has another cluster',
      [{ ...SETTINGS, clusterName: 'other' }],
      /cdk.json has no cluster "test"/,
    ],
    ['is not right', [{ ...SETTINGS, assumableRoles: ['*'] }], /Invalid settings .*, 1 problem\(s\):/],
  ])('needs no cdk.json where one %s', async (_, clusters, why) => {
    const words = ['pause', '--yes', '--cluster', 'test', '--region', REGION];
    const { code, stderr } = await run(words, { clusters });
    expect(code).toBe(0);
    expect(stderr).toMatch(
      /^cdk.json here counts for nothing; what is said on the command line does: /,
    );
    expect(stderr).toMatch(why);
    expect(reserved()).toEqual([0, 0]);
    expect((await run(['pause', '--yes', '--cluster', 'test'], { clusters })).code).toBe(1);
  });

  it('refuses a region that cdk.json contradicts', async () => {
    const { code, stderr } = await run(['pause', '--yes', '--region', 'us-east-1']);
    expect(code).toBe(1);
    expect(stderr).toMatch(
      /cdk.json has cluster "test" in eu-central-1, and --region says us-east-1/,
    );
  });

  it.each(['pause --yes', 'resume'])('does nothing in another account: %s', async (command) => {
    deployment.cloud.functions.setReservedConcurrency(SWEEP, 0);
    const { code, stderr } = await run(command.split(' '), { account: '999999999999' });
    expect(code).toBe(1);
    expect(stderr).toMatch(
      /on function kube-aws-iam-test-refresh in eu-central-1 of account 123456789012: ask for that right, or log in/,
    );
    expect(reserved()).toEqual([undefined, 0]);
  });

  it('pauses before anything is asked of the cluster', async () => {
    const user = execUser('exit 1');
    const { url } = deployment.cluster;
    const kubeconfig = kubeconfigFile({ url, user });
    const { code, stdout } = await run(['pause', '--yes'], { kubeconfig });
    expect(code).toBe(0);
    expect(stdout.split('\n')).toEqual([
      'kube-aws-iam-test-refresh is paused',
      'kube-aws-iam-test-sweep is paused',
      expect.stringMatching(/^How long the credentials in use last could not be seen: .*get-token/),
      ...Array(4).fill(expect.any(String)),
    ]);
  });

  it('tells in JSON what was done before it failed', async () => {
    const { cloud } = deployment;
    cloud.functions.setReservedConcurrency(REFRESH, 0);
    const actions = ['lambda:GetFunctionConcurrency'];
    const { code, stdout, stderr } = await run(['pause', '--yes', '-o', 'json'], { actions });
    expect(code).toBe(1);
    expect(stderr).toMatch(/^error: you may not lambda:PutFunctionConcurrency/);
    expect(JSON.parse(stdout)).toEqual({
      cluster: 'test',
      account: ACCOUNT,
      region: REGION,
      paused: [{ functionName: REFRESH, before: 0, after: 0 }],
      error: expect.stringMatching(/on function kube-aws-iam-test-sweep/),
    });
  });

  it('says which permission is missing, and what was done before', async () => {
    const { code, stdout, stderr } = await run(['pause', '--yes'], {
      actions: ['lambda:GetFunctionConcurrency'],
    });
    expect(code).toBe(1);
    expect(stderr).toMatch(
      /you may not lambda:PutFunctionConcurrency on function kube-aws-iam-test-refresh/,
    );
    expect(stdout).not.toContain('is paused');
    expect(reserved()).toEqual([undefined, undefined]);
  });
});
