import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { operatorCredentials, shellEnvironment } from '../../../local/installation/operator.ts';
import { ACCOUNT, CLUSTER_NAME, REGION } from '../../support/deployment/deployment.ts';
import {
  deployEmbedded,
  type EmbeddedDeployment,
} from '../../support/deployment/embedded-deployment.ts';
import { kubeAwsIam } from '../../support/programs/command-line.ts';
import { kubeconfigFile } from '../../support/programs/kubeconfig.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const ELSEWHERE = 'us-east-1';
const OTHER_ACCOUNT = '222222222222';
/** Three clusters with the same name. Only the first one exists. */
const CLUSTERS = [
  { region: REGION, account: ACCOUNT },
  { region: ELSEWHERE, account: ACCOUNT },
  { region: REGION, account: OTHER_ACCOUNT },
].map((one) => ({ ...one, clusterName: CLUSTER_NAME, assumableRoles: ['app-*'] }));

/** Each command that has the option `--cluster`, with the words it needs. */
const COMMANDS = [
  ['plan'],
  ['status'],
  ['explain', 'awsiamrole', 'none'],
  ['trust-policy'],
  ['doctor'],
  ['renew', '--role', 'app-orders'],
  ['pause', '--yes'],
  ['resume'],
  ['manifests'],
].map((words) => ({ command: words[0], words }));

let deployment: EmbeddedDeployment;
beforeAll(async () => {
  deployment = await deployEmbedded();
});
afterAll(() => deployment.stop());

let operators = 0;
function run(...words: readonly string[]) {
  operators += 1;
  const allowed = [{ actions: ['*'] }];
  const credentials = operatorCredentials(deployment.cloud, `one-of-many-${operators}`, allowed);
  const { url, caPem, adminToken: token } = deployment.cluster;
  const KUBECONFIG = kubeconfigFile({ url, caPem, user: { token } });
  // The region of the environment is that of none of the clusters' stacks.
  const env = { ...shellEnvironment(deployment.cloud, credentials, 'eu-west-3'), KUBECONFIG };
  return kubeAwsIam(words, { clusters: CLUSTERS, env });
}

describe('among clusters of the same name', () => {
  it.each(COMMANDS)('$command lists the options that select each', async ({ words }) => {
    const { code, stdout, stderr } = await run(...words, '--cluster', CLUSTER_NAME);
    expect(code).toBe(1);
    // Doctor prints it as the result of its first check.
    expect(stdout + stderr).toMatch(
      new RegExp(
        [
          'cdk\\.json has several clusters: choose one with',
          `"--cluster test --region ${REGION} --account ${ACCOUNT}",`,
          `"--cluster test --region ${ELSEWHERE}",`,
          `"--cluster test --account ${OTHER_ACCOUNT}"`,
        ].join('\\s+'),
      ),
    );
  });

  const OURS = ['--cluster', CLUSTER_NAME, '--region', REGION, '--account', ACCOUNT];

  it('pause and resume use the selected one, and say so', async () => {
    const paused = await run('pause', '--yes', ...OURS);
    expect(paused).toMatchObject({ code: 0, stderr: '' });
    const resume = `resume --cluster test --region ${REGION} --account ${ACCOUNT}`;
    expect(paused.stdout).toContain(`To resume: kube-aws-iam ${resume}\n`);
    const resumed = await run(...resume.split(' '));
    expect(resumed).toMatchObject({ code: 0, stderr: '' });
    expect(resumed.stdout).toContain(
      `kube-aws-iam doctor --cluster test --region ${REGION} --account ${ACCOUNT}, kube-aws-iam status`,
    );
  });

  it.each([
    ['plan', '--output', 'json'],
    ['status', '--deployed'],
    ['renew', '--role', 'app-orders'],
  ])('%s uses the selected one', async (...words) => {
    expect(await run(...words, ...OURS)).toMatchObject({ code: 0, stderr: '' });
  });

  it('trust-policy prints the policy of the selected one', async () => {
    const policyOf = async (...options: readonly string[]) =>
      (await run('trust-policy', ...options)).stdout;
    expect(await policyOf('--region', ELSEWHERE)).toContain(
      `arn:aws:iam::${ACCOUNT}:role/kube-aws-iam-${ELSEWHERE}-test`,
    );
    expect(await policyOf('--account', OTHER_ACCOUNT)).toContain(
      `arn:aws:iam::${OTHER_ACCOUNT}:role/kube-aws-iam-${REGION}-test`,
    );
  });

  it('manifests are those of the selected one', async () => {
    const folder = temporaryFolder();
    await run('manifests', '--chart', folder, '--region', ELSEWHERE);
    expect(readFileSync(join(folder, 'values.yaml'), 'utf8')).toContain(`region: "${ELSEWHERE}"`);
  });

  it('doctor examines the selected one, and its remedies select it', async () => {
    const { stdout } = await run('doctor', '--account', OTHER_ACCOUNT);
    expect(stdout).toMatch(
      new RegExp(`^ok +settings +cluster "test" in ${REGION}, ${OTHER_ACCOUNT}$`, 'm'),
    );
    expect(stdout).toContain('AWS identity');
    expect(stdout).not.toContain('npx cdk deploy KubeAwsIam-test\n');
  });

  it('pause refuses to act in another account than the selected one', async () => {
    const { code, stderr } = await run('pause', '--yes', '--account', OTHER_ACCOUNT);
    expect(code).toBe(1);
    expect(stderr).toMatch(
      /function kube-aws-iam-test-refresh \(eu-central-1, account 222222222222/,
    );
  });
});
