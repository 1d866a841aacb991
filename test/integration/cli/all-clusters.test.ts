import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { operatorCredentials, shellEnvironment } from '../../../local/installation/operator.ts';
import { ACCOUNT, CLUSTER_NAME, REFRESH, REGION } from '../../support/deployment/deployment.ts';
import {
  deployEmbedded,
  type EmbeddedDeployment,
} from '../../support/deployment/embedded-deployment.ts';
import { kubeAwsIam } from '../../support/programs/command-line.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const SETTINGS = { account: ACCOUNT, region: REGION, assumableRoles: ['app-*'] };
const EXISTING = { ...SETTINGS, clusterName: CLUSTER_NAME };
/** In `cdk.json`, but not deployed, and without a context. */
const ABSENT = { ...SETTINGS, clusterName: 'absent', region: 'us-east-1' };
/** In another account, with the name of the cluster that exists. */
const TWIN = { ...EXISTING, account: '222222222222' };
const FLEET = [ABSENT, EXISTING, TWIN];
const ROLE = 'operations/fleet';

let deployment: EmbeddedDeployment;
beforeAll(async () => {
  deployment = await deployEmbedded({ installChart: false });
  deployment.addPodRole('app-orders');
  const annotations = { 'iam.amazonaws.com/allowed-roles': '["app-orders"]' };
  await deployment.admin.createNamespace({ body: { metadata: { name: 'shop', annotations } } });
  await addPod('web', 'app-orders');
  await deployment.invoke(REFRESH, { pass: 'refresh' });
  await addPod('ledger', 'app-billing');
});
afterAll(() => deployment.stop());

async function addPod(name: string, role: string): Promise<void> {
  const volumes = [{ name: 'aws-iam', secret: { secretName: `aws-iam-${role}` } }];
  const spec = { containers: [{ name: 'c', image: 'app' }], volumes };
  await deployment.admin.createNamespacedPod({
    namespace: 'shop',
    body: { metadata: { name }, spec },
  });
}

/** A kubeconfig with a broken context, one of an unrelated cluster, and that of the existing cluster, in this order. */
function kubeconfig(): string {
  const { url: server, caPem, adminToken: token } = deployment.cluster;
  const authority = { 'certificate-authority-data': Buffer.from(caPem).toString('base64') };
  const file = join(temporaryFolder(), 'kubeconfig');
  const contents = {
    'current-context': 'unrelated',
    clusters: [
      { name: 'elsewhere', cluster: { server: 'https://192.0.2.1:6443' } },
      { name: 'mine', cluster: { server: `${server}/`, ...authority } },
    ],
    contexts: [
      { name: 'broken', context: { cluster: 'none' } },
      { name: 'unrelated', context: { cluster: 'elsewhere', user: 'jane' } },
      { name: 'jane@mine', context: { cluster: 'mine', user: 'jane' } },
    ],
    users: [{ name: 'jane', user: { token } }],
  };
  writeFileSync(file, JSON.stringify(contents), { mode: 0o600 });
  return file;
}

let operators = 0;
function run(
  words: readonly string[],
  clusters: readonly object[] = FLEET,
  actions: readonly string[] = ['lambda:*', 'eks:*', 'scheduler:*'],
) {
  operators += 1;
  const credentials = operatorCredentials(deployment.cloud, `fleet-${operators}`, [{ actions }]);
  return kubeAwsIam(words, {
    clusters,
    env: { ...shellEnvironment(deployment.cloud, credentials), KUBECONFIG: kubeconfig() },
  });
}

/** The rows of a table by the text of their first columns. */
function rowOf(stdout: string, label: string): string | undefined {
  return stdout.split('\n').findLast((line) => line.startsWith(`${label}  `));
}

const EXISTING_LABEL = `${CLUSTER_NAME} (${REGION}, ${ACCOUNT})`;

describe('--all-clusters', () => {
  it('status lists what is not ok, a row for each cluster, and those without context', async () => {
    const { code, stdout } = await run(['status', '--all-clusters']);
    expect(code).toBe(1);
    expect(stdout).toMatch(/^CLUSTER .*STATE .*\ntest .*refused .*app-billing/);
    expect(rowOf(stdout, EXISTING_LABEL)).toMatch(/ read +jane@mine +1 refused, 1 ok$/);
    expect(rowOf(stdout, 'absent')).toMatch(
      /FAILED +- +the kubeconfig has no context for the cluster; add one: aws eks update-kubeconfig --name absent --region us-east-1 \(looked for its endpoint too: /,
    );
    expect(stdout).toContain('\n2 of 3 clusters could not be read completely.\n');
  });

  it('prints one JSON document, in the order of cdk.json', async () => {
    const { code, stdout } = await run(['status', '--all-clusters', '--output', 'json']);
    expect(code).toBe(1);
    const { clusters, summary } = JSON.parse(stdout);
    expect(summary).toEqual({ clusters: 3, failed: 2 });
    expect(clusters).toEqual([
      {
        cluster: 'absent',
        region: 'us-east-1',
        account: ACCOUNT,
        error: expect.stringContaining('has no context'),
      },
      expect.objectContaining({
        cluster: CLUSTER_NAME,
        account: ACCOUNT,
        context: 'jane@mine',
        counts: expect.objectContaining({ refused: 1, ok: 1 }),
      }),
      expect.objectContaining({
        account: TWIN.account,
        error: expect.stringContaining(`your credentials are for account ${ACCOUNT}`),
      }),
    ]);
  });

  it('succeeds when it does for every cluster', async () => {
    for (const command of ['status', 'plan']) {
      const { code, stdout, stderr } = await run([command, '--all-clusters'], [EXISTING]);
      expect({ command, code, stderr }).toEqual({ command, code: 0, stderr: '' });
      expect(stdout).toContain('\n0 of 1 clusters could not be read completely.\n');
    }
  });

  it('plan lists the changes of all clusters in one table', async () => {
    const { code, stdout } = await run(['plan', '--all-clusters']);
    expect(code).toBe(1);
    expect(stdout).toMatch(/^CLUSTER .*ACTION .*\ntest .* refuse +shop +aws-iam-app-billing/);
    expect(rowOf(stdout, EXISTING_LABEL)).toMatch(/jane@mine +1 to refuse, 1 to keep$/);
  });

  it('doctor has a line for each cluster, with the problem to fix first', async () => {
    const { code, stdout } = await run(['doctor', '--all-clusters']);
    expect(code).toBe(1);
    expect(rowOf(stdout, EXISTING_LABEL)).toMatch(/FAILED +\d+ checks: .* +[a-z ]+: \S.* -> \S/);
    expect(rowOf(stdout, 'absent')).toMatch(/FAILED +- +the kubeconfig has no context/);
    expect(stdout).toContain('\n3 of 3 clusters have a problem');
  });

  it('renew continues after a cluster that failed', async () => {
    const words = ['renew', '--role', 'app-orders', '--all-clusters'];
    const { code, stdout } = await run(words);
    expect(code).toBe(1);
    expect(rowOf(stdout, EXISTING_LABEL)).toMatch(/1 +0 +-$/);
    expect(rowOf(stdout, 'absent')).toMatch(
      /FAILED +- +lambda:InvokeFunction failed for function kube-aws-iam-absent-refresh/,
    );
    expect(await run(words, [EXISTING])).toMatchObject({ code: 0 });
  });

  it('pause requires --yes without a terminal, and changes nothing', async () => {
    const { code, stderr } = await run(['pause', '--all-clusters']);
    expect({ code, stderr }).toEqual({
      code: 2,
      stderr: expect.stringContaining('no terminal to ask for confirmation: use --yes'),
    });
    await deployment.invoke(REFRESH, { pass: 'refresh' });
  });

  it('pause and resume work on each cluster, and report those that they could not change', async () => {
    const paused = await run(['pause', '--all-clusters', '--yes']);
    expect(paused.code).toBe(1);
    expect(rowOf(paused.stdout, EXISTING_LABEL)).toMatch(/ paused +kube-aws-iam-test-refresh, /);
    expect(rowOf(paused.stdout, 'absent')).toMatch(
      /FAILED +lambda:GetFunctionConcurrency failed for function kube-aws-iam-absent-refresh/,
    );
    expect(paused.stdout).toContain('2 of 3 clusters are not paused, or only in part');
    const again = await run(['pause', '--all-clusters', '--yes'], [EXISTING]);
    expect(again).toMatchObject({ code: 0, stdout: expect.stringContaining('was already paused') });
    const resumed = await run(['resume', '--all-clusters'], [EXISTING]);
    expect(resumed).toMatchObject({ code: 0, stdout: expect.stringMatching(/test +resumed +/) });
  });

  it('is limited by --region and --account', async () => {
    const words = ['status', '--all-clusters', '--output', 'json', '--region', REGION];
    const regional = await run(words);
    expect(JSON.parse(regional.stdout).summary).toEqual({ clusters: 2, failed: 1 });
    const one = await run([...words, '--account', ACCOUNT]);
    expect(one).toMatchObject({ code: 0 });
    const none = await run([...words, '--account', '333333333333']);
    expect(none).toMatchObject({
      code: 1,
      stderr: expect.stringContaining(
        'has no cluster with --region eu-central-1 --account 333333333333',
      ),
    });
  });

  it.each([
    ['--cluster', 'test'],
    ['--context', 'test'],
    ['--namespace', 'shop'],
  ])('excludes %s', async (...words) => {
    expect(await run(['status', '--all-clusters', ...words])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining(`cannot be used with option`),
    });
  });

  it('calls AWS with a role in the account of each cluster', async () => {
    const trust = {
      Version: '2012-10-17',
      Statement: {
        Effect: 'Allow',
        Principal: { AWS: `arn:aws:iam::${ACCOUNT}:root` },
        Action: 'sts:AssumeRole',
      },
    };
    const document = {
      Version: '2012-10-17',
      Statement: { Effect: 'Allow', Action: ['lambda:*', 'eks:*'], Resource: '*' },
    };
    deployment.cloud.sts.addRole({
      arn: `arn:aws:iam::${ACCOUNT}:role/${ROLE}`,
      trustPolicy: trust,
      policies: [{ name: 'fleet', document }],
    });
    const words = ['pause', '--all-clusters', '--yes', '--role-name'];
    const own = await run(['pause', '--all-clusters', '--yes'], [EXISTING], ['sts:AssumeRole']);
    expect(own).toMatchObject({ code: 1, stdout: expect.stringContaining('missing permission') });
    const { code, stdout } = await run([...words, ROLE], [EXISTING, TWIN], ['sts:AssumeRole']);
    expect(code).toBe(1);
    expect(rowOf(stdout, EXISTING_LABEL)).toMatch(/ paused +kube-aws-iam-test-refresh, /);
    expect(stdout).toMatch(
      /role arn:aws:iam::222222222222:role\/operations\/fleet \(--role-name\) cannot be assumed: .*sts:AssumeRole/,
    );
    expect(await run([...words, 'arn:aws:iam::1:role/x'])).toMatchObject({ code: 2 });
  });
});
