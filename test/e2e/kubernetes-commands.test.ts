import { afterAll, beforeAll, expect, it } from 'vitest';
import { describeChartOnRealCluster } from '../support/describe-real-cluster.ts';
import { createNamespace, INSTALLATION_TIMEOUT_MS } from './installed-product.ts';
import { installOnKubernetes, type KubernetesInstallation } from './kubernetes-product.ts';

/** The IAM permissions of doctor in docs/command-line.md, for a cluster that is not on EKS. */
const DOCTOR = [
  'lambda:GetFunctionConfiguration',
  'lambda:GetFunctionConcurrency',
  'lambda:InvokeFunction',
  'scheduler:GetSchedule',
  'secretsmanager:DescribeSecret',
];
const VALUE = 'secretsmanager:GetSecretValue';

/** What only a running forwarder fulfils; this cluster starts no containers. */
const FORWARDER = /^forwarder/;

interface Check {
  readonly id: string;
  readonly status: string;
  readonly says: string;
  readonly remedy?: string;
}

describeChartOnRealCluster('commands on a cluster that is not on EKS', () => {
  let installation: KubernetesInstallation;

  beforeAll(async () => {
    installation = await installOnKubernetes({ login: 'serviceAccount' });
    await createNamespace(installation, 'shop');
  }, INSTALLATION_TIMEOUT_MS);
  afterAll(() => installation.stop());

  async function doctor(actions: readonly string[] = [...DOCTOR, VALUE]) {
    const { stdout, stderr } = await installation.run(['doctor', '-o', 'json'], actions);
    expect(stderr).toBe('');
    const { checks, first } = JSON.parse(stdout) as {
      readonly checks: readonly Check[];
      readonly first?: string;
    };
    const byId = (id: string) => checks.find((check) => check.id === id);
    const failed = checks.filter(
      ({ id, status }) => status !== 'ok' && status !== 'not-checked' && !FORWARDER.test(id),
    );
    return { first, checks, byId, failed };
  }

  it('doctor names the missing login and the command that creates it, and checks nothing of EKS', async () => {
    const { first, checks, failed } = await doctor();
    expect(first).toBe('login');
    expect(failed).toEqual([
      {
        id: 'login',
        title: 'login',
        status: 'failed',
        says: 'secret kube-aws-iam-demo-login has no value, so the functions cannot log in to the cluster',
        remedy: 'run: kube-aws-iam connect --cluster demo --region eu-central-1',
      },
    ]);
    expect(
      checks
        .map(({ id }) => id)
        .filter((id) => /eks|access-entry|endpoint|authentication/.test(id)),
    ).toEqual([]);
  });

  it('doctor is ok after connect, and says how long the login is valid if it may read it', async () => {
    const connected = await installation.connect();
    expect(connected).toMatchObject({ code: 0, stderr: '' });
    const { failed, byId } = await doctor();
    expect(failed).toEqual([]);
    expect(byId('login')?.says).toMatch(/^a token until \S+Z, which the functions replace$/);
    expect(byId('rights')?.says).toMatch(/^ServiceAccount kube-aws-iam\/kube-aws-iam-refresher: /);
    expect(byId('right-cluster')?.says).toBe(installation.cluster.url);
    expect(byId('refresh-environment')).toMatchObject({ status: 'ok' });
    expect(byId('refresh-run')).toMatchObject({ status: 'ok' });
    const without = await doctor(DOCTOR);
    expect(without.failed).toEqual([]);
    expect(without.byId('login')).toMatchObject({
      status: 'ok',
      says: expect.stringMatching(
        /^stored at \S+Z; its expiry is not read without the permission secretsmanager:GetSecretValue$/,
      ),
    });
  });

  it('plan, status, renew and pause work as on EKS, also with --deployed', async () => {
    const lambda = ['lambda:*'];
    for (const words of [['plan'], ['status'], ['status', '--deployed']]) {
      const { code, stderr } = await installation.run(words, lambda);
      expect({ words, code, stderr }).toEqual({ words, code: 0, stderr: '' });
    }
    const renewed = await installation.run(['renew', '--role', 'demo-none'], lambda);
    expect(renewed).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^Cluster demo has no Secret of /),
    });
    expect(await installation.run(['pause', '--yes'], lambda)).toMatchObject({ code: 0 });
    expect(await installation.run(['resume'], lambda)).toMatchObject({ code: 0 });
    const connected = await installation.run(
      ['connect', '--deployed', '--token-hours', '24', '-o', 'json'],
      ['lambda:GetFunctionConfiguration', 'secretsmanager:PutSecretValue'],
    );
    expect({ code: connected.code, stderr: connected.stderr }).toEqual({ code: 0, stderr: '' });
    expect(JSON.parse(connected.stdout)).toMatchObject({
      login: 'serviceAccount',
      username: 'system:serviceaccount:kube-aws-iam:kube-aws-iam-refresher',
      secretArn: expect.stringMatching(/:secret:kube-aws-iam-demo-login-\w{6}$/),
    });
  });
});
