import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { ACCOUNT, CLUSTER_NAME, REFRESH, REGION } from '../../support/deployment/deployment.ts';
import {
  deployEmbedded,
  type EmbeddedDeployment,
} from '../../support/deployment/embedded-deployment.ts';
import { type CommandResult, kubeAwsIam } from '../../support/programs/command-line.ts';

const POD_ROLE = `arn:aws:iam::${ACCOUNT}:role/app-orders`;
const INTERMEDIATE = `arn:aws:iam::${ACCOUNT}:role/pod-roles`;

let deployment: EmbeddedDeployment;

/** Runs the command with the settings of a cluster. */
function run(words: string, settings: object = {}): Promise<CommandResult> {
  const cluster = {
    clusterName: CLUSTER_NAME,
    account: ACCOUNT,
    region: REGION,
    assumableRoles: ['app-*'],
    ...settings,
  };
  return kubeAwsIam(['trust-policy', ...words.split(' ').filter(Boolean)], { clusters: [cluster] });
}

async function printedPolicy(words: string, settings: object): Promise<unknown> {
  const { code, stdout } = await run(words, settings);
  expect(code).toBe(0);
  return JSON.parse(stdout);
}

/** Deploys the settings, with a pod in each of two namespaces that requests the role. */
async function start(settings: object): Promise<void> {
  deployment = await deployEmbedded(settings);
  const { admin } = deployment;
  for (const namespace of ['shop', 'bank']) {
    const annotations = { 'iam.amazonaws.com/allowed-roles': '["*"]' };
    await admin.createNamespace({ body: { metadata: { name: namespace, annotations } } });
    await admin.createNamespacedPod({
      namespace,
      body: {
        metadata: { name: 'web' },
        spec: {
          containers: [{ name: 'c', image: 'app' }],
          volumes: [{ name: 'v', secret: { secretName: 'aws-iam-app-orders' } }],
        },
      },
    });
  }
}

/** Refreshes, and returns the namespaces that have a Secret. */
async function refreshedNamespaces(): Promise<readonly string[]> {
  await deployment.invoke(REFRESH, { pass: 'refresh' });
  const { items } = await deployment.admin.listSecretForAllNamespaces();
  return items.map(({ metadata }) => metadata?.namespace ?? '').sort();
}

describe('the printed trust policy', () => {
  afterEach(() => deployment.stop());

  it.each([
    ['with default settings', {}],
    ['with sessions named as by the original controller', { sessionName: 'seed' }],
    ['with tags and an external id', { sessionTags: true, externalId: 'handshake' }],
  ])('allows the refresher, %s', async (_, settings) => {
    await start(settings);
    deployment.cloud.sts.addRole({ arn: POD_ROLE, trustPolicy: await printedPolicy('', settings) });
    expect(await refreshedNamespaces()).toEqual(['bank', 'shop']);
  });

  it.each([
    ['the session name', {}],
    ['session tags', { sessionName: 'zalando', sessionTags: true }],
    ['both, with an external id', { sessionTags: true, externalId: 'handshake' }],
  ])('limits the role to a namespace by %s', async (_, settings) => {
    await start(settings);
    const trustPolicy = await printedPolicy('app-orders --namespace shop', settings);
    deployment.cloud.sts.addRole({ arn: POD_ROLE, trustPolicy });
    expect(await refreshedNamespaces()).toEqual(['shop']);
  });

  it('names the intermediate role, and for that role the refresher', async () => {
    const settings = { assumeRole: INTERMEDIATE, sessionTags: true, externalId: 'handshake' };
    await start(settings);
    const { sts } = deployment.cloud;
    const policy = {
      Version: '2012-10-17',
      Statement: [
        { Effect: 'Allow', Action: ['sts:AssumeRole', 'sts:TagSession'], Resource: POD_ROLE },
      ],
    };
    sts.addRole({
      arn: INTERMEDIATE,
      trustPolicy: await printedPolicy(INTERMEDIATE, settings),
      policies: [{ name: 'pods', document: policy }],
    });
    sts.addRole({ arn: POD_ROLE, trustPolicy: await printedPolicy('-n shop', settings) });
    expect(await refreshedNamespaces()).toEqual(['shop']);
    expect(sts.assumedRoles.map(({ roleArn }) => roleArn)).toEqual([INTERMEDIATE, POD_ROLE]);
  });
});

const SESSIONS = { source: 'oidc', hours: 12, issuer: 'https://oidc.example.com/id/A1' };

describe('the printed trust policy for the identity of the cluster', () => {
  afterEach(() => deployment.stop());
  const settings = { sessions: SESSIONS };

  it('allows the identity, for all namespaces', async () => {
    await start(settings);
    const { sts } = deployment.cloud;
    const trustPolicy = await printedPolicy('app-orders', settings);
    sts.addRole({ arn: POD_ROLE, trustPolicy, maxSessionDuration: 43_200 });
    expect(await refreshedNamespaces()).toEqual(['bank', 'shop']);
    expect(sts.identitySessions).toHaveLength(2);
    expect(sts.assumedRoles).toEqual([]);
    for (const { durationSeconds } of sts.identitySessions) expect(durationSeconds).toBe(43_200);
  });

  it('limits the role to a namespace by the session name', async () => {
    await start(settings);
    const trustPolicy = await printedPolicy('app-orders --namespace shop', settings);
    deployment.cloud.sts.addRole({ arn: POD_ROLE, trustPolicy });
    expect(await refreshedNamespaces()).toEqual(['shop']);
  });
});

describe('the trust policy for the identity of the cluster', () => {
  it.each([
    ['', 'aws', ACCOUNT],
    ['app-orders', 'aws', ACCOUNT],
    ['arn:aws:iam::999999999999:role/team/Billing', 'aws', '999999999999'],
    ['arn:aws-cn:iam::999999999999:role/Billing', 'aws-cn', '999999999999'],
  ])('names the provider in the account of the role %s', async (role, partition, account) => {
    const { stdout, stderr } = await run(role, { sessions: SESSIONS });
    const name = 'oidc.example.com/id/A1';
    expect(JSON.parse(stdout)).toEqual({
      Version: '2012-10-17',
      Statement: [
        {
          Effect: 'Allow',
          Principal: { Federated: `arn:${partition}:iam::${account}:oidc-provider/${name}` },
          Action: 'sts:AssumeRoleWithWebIdentity',
          Condition: {
            StringEquals: {
              [`${name}:aud`]: 'sts.amazonaws.com',
              [`${name}:sub`]: 'system:serviceaccount:kube-aws-iam:kube-aws-iam-sessions',
            },
          },
        },
      ],
    });
    expect(stderr).toContain(
      `Account ${account} must know the issuer of the cluster. Register it once: aws iam create-open-id-connect-provider --url https://${name} --client-id-list sts.amazonaws.com`,
    );
    const roleName = role.split('/').at(-1) || 'ROLE';
    expect(stderr).toContain(
      `aws iam update-role --role-name ${roleName} --max-session-duration 43200`,
    );
  });

  it('keeps the slash at the end of an issuer, as IAM does', async () => {
    const { stdout } = await run('', {
      sessions: { ...SESSIONS, issuer: 'https://a.example.com/' },
    });
    expect(stdout).toContain('oidc-provider/a.example.com/"');
    expect(stdout).toContain('"a.example.com/:sub"');
  });

  it.each(['seed', 'zalando'])(
    'cannot limit a role to a namespace with names of %s',
    async (form) => {
      const { code, stderr } = await run('--namespace shop', {
        sessions: SESSIONS,
        sessionName: form,
      });
      expect(code).toBe(1);
      expect(stderr).toMatch(
        /cannot be limited to a namespace: .*Set "sessionName" to "namespace"/,
      );
    },
  );

  it('does not mention a longer maximum for sessions of an hour', async () => {
    const { stderr } = await run('', { sessions: { ...SESSIONS, hours: 1 } });
    expect(stderr).not.toContain('max-session-duration');
  });
});

const ROOT = join(import.meta.dirname, '../../..');

describe.runIf(existsSync(join(ROOT, 'README.md')))('the policies in the documentation', () => {
  /** Returns the first policy of a section, for the cluster of this test. */
  function policyOf(file: string, section: string): unknown {
    const [, text = ''] = readFileSync(join(ROOT, file), 'utf8').split(`\n${section}\n`);
    const [, json = ''] = /```json\n(.*?)```/s.exec(text) ?? [];
    return JSON.parse(
      json
        .replaceAll('eu-central-1-prod', `${REGION}-${CLUSTER_NAME}`)
        .replaceAll('@prod', `@${CLUSTER_NAME}`)
        .replaceAll(
          'eu-central-1:123456789012:cluster/prod',
          `${REGION}:${ACCOUNT}:cluster/${CLUSTER_NAME}`,
        )
        // The README invites readers to use wildcards; for one namespace both mean the same.
        .replaceAll('StringLike', 'StringEquals'),
    );
  }

  it.each([
    ['README.md', '## Your first pod', {}],
    [
      'docs/sessions.md',
      '## Tags and external ID',
      { sessionName: 'zalando', sessionTags: true, externalId: 'handshake' },
    ],
    ['docs/sessions.md', '### Set it up', { sessions: SESSIONS }],
  ])('equal the printed ones, in %s, %s', async (file, section, settings) => {
    const printed = await printedPolicy('app-orders --namespace shop', settings);
    expect(printed).toEqual(policyOf(file, section));
  });
});

describe('the notes', () => {
  it.each([
    [
      'app-orders',
      /^arn:aws:iam::123456789012:role\/app-orders is covered by assumableRoles \(cdk\.json\)\.\n$/,
    ],
    [
      'orders',
      /^warning: pods cannot use this role: .*role\/orders matches no pattern of the setting assumableRoles/,
    ],
    [
      'arn:aws:iam::123456789012:role/cdk-deploy',
      /^warning: pods cannot use this role: .* is denied to all pods/,
    ],
  ])('report whether pods can use role %s', async (role, message) => {
    const { code, stderr } = await run(role);
    expect(code).toBe(0);
    expect(stderr).toMatch(message);
  });

  const LONG_NAMESPACE = 'n'.repeat(60);
  it.each<[string, object, string, RegExp | '']>([
    ['a cluster of its own role', {}, 'shop', ''],
    ['tags', { assumeRole: INTERMEDIATE, sessionTags: true }, 'shop', ''],
    [
      'a shared role',
      { assumeRole: INTERMEDIATE },
      'shop',
      /^warning: through \S+\/pod-roles, this policy also admits a cluster of the same name in another region/,
    ],
    ...['namespace', 'seed', 'zalando'].flatMap(
      (sessionName): [string, object, string, RegExp | ''][] => [
        [
          `a shared role without a namespace, ${sessionName}`,
          { assumeRole: INTERMEDIATE, sessionName },
          '',
          /^warning: through \S+\/pod-roles, this policy also admits every other cluster with this "assumeRole"/,
        ],
        [
          `tags without a namespace, ${sessionName}`,
          { assumeRole: INTERMEDIATE, sessionName, sessionTags: true },
          '',
          '',
        ],
        [`its own role without a namespace, ${sessionName}`, { sessionName }, '', ''],
      ],
    ),
    [
      'a shared role and a name that is cut',
      { assumeRole: INTERMEDIATE },
      LONG_NAMESPACE,
      /^warning: .* also begins with "n{60}@tes" \(STS limits it to 64 characters, which cuts the name of this cluster\)/,
    ],
  ])('warn if another cluster satisfies the policy: %s', async (_, settings, namespace, notes) => {
    const { code, stderr } = await run(namespace && `--namespace ${namespace}`, settings);
    expect(code).toBe(0);
    expect(stderr).toMatch(notes === '' ? /^$/ : notes);
  });

  it('do not change the JSON output', async () => {
    expect(await printedPolicy('app-orders -o json', {})).toEqual(
      await printedPolicy('app-orders', {}),
    );
  });

  it.each([
    ['an invalid role name', 'a:b', {}, /"a:b" is neither a role name/],
    [
      'a namespace that sessions do not identify',
      '-n shop',
      { sessionName: 'seed' },
      /cannot be limited to a namespace: with "sessionName": "seed" and no session tags, sessions do not identify it\. Set "sessionTags"/,
    ],
  ])('%s is an error, and nothing is printed', async (_, words, settings, message) => {
    const { code, stdout, stderr } = await run(words, settings);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toMatch(message);
  });
});
