import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { type CommandResult, kubeAwsIam } from '../support/command-line.ts';
import { ACCOUNT, CLUSTER_NAME, REFRESH, REGION } from '../support/deployment.ts';
import { deployEmbedded, type EmbeddedDeployment } from '../support/embedded-deployment.ts';

const POD_ROLE = `arn:aws:iam::${ACCOUNT}:role/app-orders`;
const INTERMEDIATE = `arn:aws:iam::${ACCOUNT}:role/pod-roles`;

let deployment: EmbeddedDeployment;

/** Runs the command beside the settings of a cluster. */
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

async function printed(words: string, settings: object): Promise<unknown> {
  const { code, stdout } = await run(words, settings);
  expect(code).toBe(0);
  return JSON.parse(stdout);
}

/** Deploys the settings, with a pod in each of two namespaces that waits for the role. */
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

/** Which namespaces the role's sessions were opened for. */
async function served(): Promise<readonly string[]> {
  await deployment.invoke(REFRESH, { pass: 'refresh' });
  const { items } = await deployment.admin.listSecretForAllNamespaces();
  return items.map(({ metadata }) => metadata?.namespace ?? '').sort();
}

describe('the trust policy that is printed', () => {
  afterEach(() => deployment.stop());

  it.each([
    ['as it is by default', {}],
    ['with sessions named as by the original controller', { sessionName: 'seed' }],
    ['with tags and an external id', { sessionTags: true, externalId: 'handshake' }],
  ])('lets the refresher in, %s', async (_, settings) => {
    await start(settings);
    deployment.cloud.sts.addRole({ arn: POD_ROLE, trustPolicy: await printed('', settings) });
    expect(await served()).toEqual(['bank', 'shop']);
  });

  it.each([
    ['the name of sessions', {}],
    ['their tags', { sessionName: 'zalando', sessionTags: true }],
    ['both, with an external id', { sessionTags: true, externalId: 'handshake' }],
  ])('binds the role to a namespace by %s', async (_, settings) => {
    await start(settings);
    const trustPolicy = await printed('app-orders --namespace shop', settings);
    deployment.cloud.sts.addRole({ arn: POD_ROLE, trustPolicy });
    expect(await served()).toEqual(['shop']);
  });

  it('names the intermediate role, and the one for that role the refresher', async () => {
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
      trustPolicy: await printed(INTERMEDIATE, settings),
      policies: [{ name: 'pods', document: policy }],
    });
    sts.addRole({ arn: POD_ROLE, trustPolicy: await printed('-n shop', settings) });
    expect(await served()).toEqual(['shop']);
    expect(sts.assumedRoles.map(({ roleArn }) => roleArn)).toEqual([INTERMEDIATE, POD_ROLE]);
  });
});

const README = join(import.meta.dirname, '../../README.md');

describe.runIf(existsSync(README))('the policies in the README', () => {
  /** The first one of a section, for the cluster of this test. */
  function policyOf(section: string): unknown {
    const [, text = ''] = readFileSync(README, 'utf8').split(`\n${section}\n`);
    const [, json = ''] = /```json\n(.*?)```/s.exec(text) ?? [];
    return JSON.parse(
      json
        .replaceAll('eu-central-1-prod', `${REGION}-${CLUSTER_NAME}`)
        .replaceAll('@prod', `@${CLUSTER_NAME}`)
        // There it is an invitation to use wildcards; of one namespace both mean the same.
        .replaceAll('StringLike', 'StringEquals'),
    );
  }

  it.each([
    ['## Your first pod', {}],
    ['## Sessions', { sessionName: 'zalando', sessionTags: true, externalId: 'handshake' }],
  ])('are what is printed, in %s', async (section, settings) => {
    expect(await printed('app-orders --namespace shop', settings)).toEqual(policyOf(section));
  });
});

describe('beside the policy', () => {
  it.each([
    [
      'app-orders',
      /^arn:aws:iam::123456789012:role\/app-orders is covered by assumableRoles \(cdk\.json\)\.\n$/,
    ],
    [
      'orders',
      /^warning: pods will not get it: .*role\/orders matches no pattern of the setting assumableRoles/,
    ],
    [
      'arn:aws:iam::123456789012:role/cdk-deploy',
      /^warning: pods will not get it: .* is denied to all pods/,
    ],
  ])('of role %s it is said whether pods can have it', async (role, message) => {
    const { code, stderr } = await run(role);
    expect(code).toBe(0);
    expect(stderr).toMatch(message);
  });

  it('is JSON whether that is said or not', async () => {
    expect(await printed('app-orders -o json', {})).toEqual(await printed('app-orders', {}));
  });

  it.each([
    ['no name of a role', 'a:b', {}, /"a:b" is neither the name of a role/],
    [
      'a namespace that sessions do not tell',
      '-n shop',
      { sessionName: 'seed' },
      /cannot be bound to a namespace where sessions are named by "sessionName": "seed" and carry no tags: set "sessionTags"/,
    ],
  ])('%s is an error, and nothing is printed', async (_, words, settings, message) => {
    const { code, stdout, stderr } = await run(words, settings);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toMatch(message);
  });
});
