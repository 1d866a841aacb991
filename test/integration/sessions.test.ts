import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { CoreV1Api } from '@kubernetes/client-node';
import { afterEach, describe, expect, it } from 'vitest';
import { ACCOUNT, REFRESH, REFRESHER_ROLE_ARN, REGION } from '../support/deployment/deployment.ts';
import {
  deployEmbedded,
  type EmbeddedDeployment,
} from '../support/deployment/embedded-deployment.ts';

const roleArn = (name: string) => `arn:aws:iam::${ACCOUNT}:role/${name}`;
const POD_ROLE = roleArn('app-orders');
const INTERMEDIATE = roleArn('pod-roles');
const FORWARDER = `kube-aws-iam-forwarder-${REGION}-test`;
const REFRESHER_SESSION = `assumed-role/kube-aws-iam-${REGION}-test/${REFRESH}`;

let deployment: EmbeddedDeployment;
let admin: CoreV1Api;

/** Deploys the stack with these settings, and creates a namespace with a pod that requests the role `app-orders`. */
async function start(settings: object): Promise<void> {
  deployment = await deployEmbedded(settings);
  ({ admin } = deployment);
  await createNamespace('shop');
  await createPod('web', 'aws-iam-app-orders', 'shop');
}

afterEach(() => deployment.stop());

async function createNamespace(name: string): Promise<void> {
  const annotations = { 'iam.amazonaws.com/allowed-roles': '["*"]' };
  await admin.createNamespace({ body: { metadata: { name, annotations } } });
}

async function createPod(name: string, secretName: string, namespace: string): Promise<void> {
  await admin.createNamespacedPod({
    namespace,
    body: {
      metadata: { name },
      spec: {
        containers: [{ name: 'c', image: 'app' }],
        volumes: [{ name: 'v', secret: { secretName } }],
      },
    },
  });
}

interface Result {
  readonly report: { readonly counts: Record<string, number> };
  readonly wouldDo?: readonly unknown[];
}
const run = async (pass = 'refresh') => (await deployment.invoke(REFRESH, { pass })) as Result;
const counts = async () => (await run()).report.counts;

const issued = () => deployment.cloud.sts.assumedRoles;
const callers = () => issued().map(({ caller }) => caller.split(':').at(-1));

/** The explanation of the last failed item in the log. */
function explanation(): string {
  const line = deployment.cloud.logs.lines.findLast(({ text }) => text.includes('failed Secret'));
  return JSON.parse(line?.text ?? '{}').explanation;
}

const statement = (action: string | string[], principalArn: string, condition: object = {}) => ({
  Effect: 'Allow',
  Principal: { AWS: `arn:aws:iam::${ACCOUNT}:root` },
  Action: action,
  Condition: { ArnEquals: { 'aws:PrincipalArn': principalArn }, ...condition },
});
const document = (...statements: object[]) => ({ Version: '2012-10-17', Statement: statements });

/** Adds the pod's role, with a trust policy of these statements. */
const addPodRole = (...trust: object[]) =>
  deployment.cloud.sts.addRole({ arn: POD_ROLE, trustPolicy: document(...trust) });
const trustsRefresher = () => addPodRole(statement('sts:AssumeRole', REFRESHER_ROLE_ARN));

/** Adds the intermediate role, with a policy that allows these actions on pod roles. */
const addIntermediate = (actions: string[]) =>
  addIntermediateWith(document({ Effect: 'Allow', Action: actions, Resource: roleArn('app-*') }));
const addIntermediateWith = (policy: unknown) =>
  deployment.cloud.sts.addRole({
    arn: INTERMEDIATE,
    trustPolicy: document(
      statement('sts:AssumeRole', REFRESHER_ROLE_ARN, {
        StringEquals: { 'sts:RoleSessionName': 'test' },
      }),
    ),
    policies: [{ name: 'pods', document: policy }],
  });

describe('the name of a session', () => {
  it.each([
    ['namespace', 'shop@test'],
    ['seed', 'app-orders-session'],
    ['zalando', `${ACCOUNT}.app-orders`],
  ])('of form %s is %s, and the trust policy can require it', async (form, name) => {
    await start({ sessionName: form });
    const condition = { StringEquals: { 'sts:RoleSessionName': name } };
    addPodRole(statement('sts:AssumeRole', REFRESHER_ROLE_ARN, condition));
    expect(await counts()).toMatchObject({ created: 1, failed: 0 });
    const [session, ...more] = issued();
    expect(more).toEqual([]);
    expect(session).toMatchObject({ sessionName: name, externalId: undefined });
    expect(session?.sessionTags.tags.size).toBe(0);
  });
});

describe('session tags', () => {
  it('are sent, all of them transitive, to a role that allows them', async () => {
    await start({ sessionTags: true });
    const condition = { StringEquals: { 'aws:RequestTag/kubernetes-namespace': 'shop' } };
    addPodRole(statement(['sts:AssumeRole', 'sts:TagSession'], REFRESHER_ROLE_ARN, condition));
    expect(await counts()).toMatchObject({ created: 1, failed: 0 });
    const tags = new Map([
      ['eks-cluster-arn', `arn:aws:eks:${REGION}:${ACCOUNT}:cluster/test`],
      ['eks-cluster-name', 'test'],
      ['kubernetes-namespace', 'shop'],
    ]);
    expect(issued().map(({ sessionTags }) => sessionTags)).toEqual([
      { tags, transitiveKeys: [...tags.keys()] },
    ]);
  });

  it('that a trust policy does not allow are an error that explains it', async () => {
    await start({ sessionTags: true });
    trustsRefresher();
    expect(await counts()).toMatchObject({ created: 0, failed: 1 });
    expect(explanation()).toContain(
      `not authorized to perform: sts:TagSession on resource: ${POD_ROLE}`,
    );
    expect(explanation()).toContain(
      'sts:TagSession in addition to sts:AssumeRole (setting sessionTags)',
    );
  });
});

describe('the external ID', () => {
  const requires = (externalId: string) =>
    addPodRole(
      statement('sts:AssumeRole', REFRESHER_ROLE_ARN, {
        StringEquals: { 'sts:ExternalId': externalId },
      }),
    );

  it('is sent, and a trust policy can require it', async () => {
    await start({ externalId: 'hand/shake:1' });
    requires('hand/shake:1');
    expect(await counts()).toMatchObject({ created: 1, failed: 0 });
    expect(issued()[0]).toMatchObject({ externalId: 'hand/shake:1' });
  });

  it('that a trust policy does not accept is an error that names the setting', async () => {
    await start({ externalId: 'hand/shake:1' });
    requires('hand/shake:2');
    expect(await counts()).toMatchObject({ created: 0, failed: 1 });
    expect(explanation()).toContain('sts:ExternalId other than the one in the setting externalId');
    expect(explanation()).not.toContain('hand/shake');
  });
});

describe('an intermediate role', () => {
  const settings = { assumeRole: INTERMEDIATE, externalId: 'handshake' };
  const trustsIntermediate = () =>
    addPodRole(statement(['sts:AssumeRole', 'sts:TagSession'], INTERMEDIATE));

  it('assumes pod roles with a cached session', async () => {
    await start({ ...settings, sessionTags: true, sessionName: 'seed' });
    addIntermediate(['sts:AssumeRole', 'sts:TagSession']);
    trustsIntermediate();
    expect(await counts()).toMatchObject({ created: 1, failed: 0 });
    await createNamespace('bank');
    await createPod('ledger', 'aws-iam-app-orders', 'bank');
    expect(await counts()).toMatchObject({ created: 1, failed: 0 });
    expect(issued()).toMatchObject([
      { roleArn: INTERMEDIATE, sessionName: 'test', externalId: undefined },
      { roleArn: POD_ROLE, sessionName: 'app-orders-session', externalId: 'handshake' },
      { roleArn: POD_ROLE, sessionName: 'app-orders-session', externalId: 'handshake' },
    ]);
    expect(callers()).toEqual([
      REFRESHER_SESSION,
      'assumed-role/pod-roles/test',
      'assumed-role/pod-roles/test',
    ]);
    expect(issued().map(({ sessionTags }) => sessionTags.tags.size)).toEqual([0, 3, 3]);
  });

  it('has a new session before the old one expires', async () => {
    await start(settings);
    addIntermediate(['sts:AssumeRole']);
    trustsIntermediate();
    await run();
    for (let minutes = 0; minutes < 120; minutes += 10) {
      deployment.clock.advance(10 * 60);
      expect(await counts()).toMatchObject({ failed: 0 });
    }
    const sessions = issued().filter((session) => session.roleArn === INTERMEDIATE);
    expect(sessions.length).toBeGreaterThan(1);
    expect(sessions.length).toBeLessThan(5);
  });

  it("does not assume the forwarder's role, which the refresher assumes directly", async () => {
    await start({ ...settings, sessionTags: true, sessionName: 'zalando' });
    addIntermediate(['sts:AssumeRole']);
    await createNamespace('kube-aws-iam');
    await createPod('forwarder', `aws-iam-${FORWARDER}`, 'kube-aws-iam');
    expect(await counts()).toMatchObject({ created: 1, failed: 1 });
    const [session] = issued().filter((session) => session.roleArn === roleArn(FORWARDER));
    expect(session).toMatchObject({ sessionName: 'kube-aws-iam@test', externalId: undefined });
    expect(session?.sessionTags.tags.size).toBe(0);
    expect(session?.caller).toContain(REFRESHER_SESSION);
  });

  it('cannot be assumed by a pod, whatever the settings allow', async () => {
    await start({ ...settings, assumableRoles: ['app-*', 'pod-*'] });
    await createPod('thief', 'aws-iam-pod-roles', 'shop');
    expect((await run('check')).wouldDo).toContainEqual(
      expect.objectContaining({
        action: 'refuse',
        secret: 'aws-iam-pod-roles',
        reason: 'role-denied',
      }),
    );
  });

  it('is the only principal that may assume pod roles; the refresher may not', async () => {
    await start(settings);
    addIntermediate(['sts:AssumeRole']);
    trustsRefresher();
    expect(await counts()).toMatchObject({ created: 0, failed: 1 });
    expect(explanation()).toContain(
      `its trust policy does not name the intermediate role ${INTERMEDIATE} (setting assumeRole)`,
    );
    expect(callers()).toEqual([REFRESHER_SESSION]);
  });

  it('without permission for a pod role is an error that explains it', async () => {
    await start({ ...settings, sessionTags: true });
    addIntermediate(['sts:AssumeRole']);
    trustsIntermediate();
    expect(await counts()).toMatchObject({ created: 0, failed: 1 });
    expect(explanation()).toContain(
      'or the policy of the intermediate role does not allow sts:AssumeRole, sts:TagSession on it',
    );
  });

  it('that does not trust the refresher fails every item, and recovers when it does', async () => {
    await start(settings);
    trustsIntermediate();
    await createNamespace('bank');
    await createPod('ledger', 'aws-iam-app-orders', 'bank');
    expect(await counts()).toMatchObject({ created: 0, failed: 2 });
    const failed = deployment.cloud.logs.lines.filter(({ text }) => text.includes('failed Secret'));
    expect(failed).toHaveLength(2);
    for (const { text } of failed) {
      expect(JSON.parse(text).explanation).toMatch(
        /^the intermediate role arn:aws:iam::123456789012:role\/pod-roles \(setting assumeRole\), .* its trust policy does not name this account's refresher role$/,
      );
    }
    addIntermediate(['sts:AssumeRole']);
    deployment.clock.advance(5 * 60);
    expect(await counts()).toMatchObject({ created: 2, failed: 0 });
  });
});

const ROOT = join(import.meta.dirname, '../..');
const README = join(ROOT, 'README.md');
const SESSIONS = join(ROOT, 'docs/sessions.md');

describe.runIf(existsSync(README))('the policies in the documentation', () => {
  /** The policies of a section, for the cluster of this test. */
  function policies(file: string, section: string): readonly unknown[] {
    const [, text = ''] = readFileSync(file, 'utf8').split(`\n${section}\n`);
    const blocks = text.split(/\n## /)[0]?.matchAll(/```json\n(.*?)```/gs) ?? [];
    return [...blocks].map(([, json = '']) =>
      JSON.parse(
        json
          .replaceAll('eu-central-1-prod', 'eu-central-1-test')
          .replaceAll('@prod', '@test')
          .replaceAll('cluster/prod', 'cluster/test'),
      ),
    );
  }

  it('allow sessions with tags and an external ID, and no others', async () => {
    const [trustPolicy] = policies(SESSIONS, '## Tags and external ID');
    await start({ sessionTags: true, externalId: 'handshake' });
    deployment.cloud.sts.addRole({ arn: POD_ROLE, trustPolicy });
    await createNamespace('bank');
    await createPod('ledger', 'aws-iam-app-orders', 'bank');
    expect(await counts()).toMatchObject({ created: 1, failed: 1 });
    expect(issued()).toMatchObject([{ sessionName: 'shop@test', externalId: 'handshake' }]);
  });

  it('allow an intermediate role to assume pod roles', async () => {
    const [policy] = policies(SESSIONS, '## An intermediate role');
    await start({ assumeRole: INTERMEDIATE, sessionTags: true });
    addIntermediateWith(policy);
    addPodRole(statement(['sts:AssumeRole', 'sts:TagSession'], INTERMEDIATE));
    expect(await counts()).toMatchObject({ created: 1, failed: 0 });
  });

  it('allow the first pod to use its role', async () => {
    const [trustPolicy] = policies(README, '## Your first pod');
    await start({});
    deployment.cloud.sts.addRole({ arn: POD_ROLE, trustPolicy });
    expect(await counts()).toMatchObject({ created: 1, failed: 0 });
  });
});
