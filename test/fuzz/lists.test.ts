import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RefresherError } from '../../contract/errors.ts';
import type { ApiRequest } from '../../kubernetes/kubernetes-connection.ts';
import { PROTOBUF } from '../../kubernetes/lists/protobuf.ts';
import { runPlan } from '../../lambda/act/run-plan.ts';
import type { PlanItem } from '../../lambda/decide/plan.ts';
import { planRefresh } from '../../lambda/decide/plan-refresh.ts';
import { planSweep } from '../../lambda/decide/plan-sweep.ts';
import { parseSecretName, secretKey } from '../../lambda/decide/requested-secrets.ts';
import { ownershipOf, roleOfPodSecret } from '../../lambda/decide/secret-ownership.ts';
import { type ClusterView, observeCluster } from '../../lambda/observe/observe-cluster.ts';
import { describeListFailures } from '../../lambda/report/pass-report.ts';
import { aContext, BASE_ROLE_ARN, EVERYWHERE, NOW } from '../support/builders/builders.ts';
import { FakeCluster } from '../support/builders/fake-cluster.ts';
import { type Answer, FOREVER, fakeConnection } from '../unit/kubernetes/fake-connection.ts';
import { recordedJson, recordedProtobuf } from '../unit/kubernetes/lists/recorded-list.ts';
import { mutatedBytes } from './mutated-bytes.ts';
import { mutatedJson } from './mutated-json.ts';
import { numRuns } from './num-runs.ts';

/** The keys that are read. */
const READ: ReadonlySet<string> = new Set([
  ...['kind', 'metadata', 'continue', 'items', 'name', 'namespace', 'uid', 'resourceVersion'],
  ...['labels', 'annotations', 'ownerReferences', 'generation', 'creationTimestamp'],
  ...['deletionTimestamp', 'spec', 'volumes', 'secret', 'secretName', 'projected', 'sources'],
  ...['status', 'roleReference', 'roleSessionDuration', 'conditions', 'observedGeneration'],
  ...[
    'iam.amazonaws.com/allowed-roles',
    'iam.amazonaws.com/permitted',
    'kube-aws-iam/expires-at',
    'kube-aws-iam/unused-since',
  ],
]);

const allowingAll = {
  'iam.amazonaws.com/allowed-roles': '["*"]',
  'iam.amazonaws.com/permitted': '.*',
};

/** The recorded namespaces, each with permission for every role. */
const namespaces = {
  ...recordedJson('namespaces'),
  items: recordedJson('namespaces').items?.map(({ metadata }) => ({
    metadata: { ...metadata, annotations: { ...metadata?.annotations, ...allowingAll } },
  })),
};

const awsIamRoles = {
  kind: 'AWSIAMRoleList',
  metadata: {},
  items: [
    {
      metadata: { name: 'one', namespace: 'default', uid: 'u1', generation: 2, labels: { a: 'b' } },
      spec: { roleReference: 'team/orders', roleSessionDuration: 900 },
      status: {
        observedGeneration: 1,
        roleARN: 'arn:aws:iam::123456789012:role/x',
        expiration: '2026-11-23T12:30:00Z',
        conditions: [
          {
            type: 'Ready',
            status: 'True',
            lastTransitionTime: '2026-11-23T12:30:00Z',
            reason: 'CredentialsIssued',
            message: 'the Secret holds credentials',
          },
        ],
      },
    },
  ],
};

const json = (list: fc.Arbitrary<unknown>) => list.map((body): Answer => ({ body }));
const protobuf = (list: fc.Arbitrary<Buffer>) =>
  list.map((body): Answer => ({ headers: { 'content-type': PROTOBUF }, body }));

/** Responses for each resource. */
const answers = fc.record({
  pods: fc.oneof(
    json(mutatedJson(recordedJson('pods-2'), READ)),
    json(mutatedJson(recordedJson('pods-1'), READ)),
    protobuf(mutatedBytes(recordedProtobuf('pods-2'))),
    fc.constant<Answer>({ body: recordedJson('pods-2') }),
  ),
  secrets: fc.oneof(
    json(mutatedJson(recordedJson('secrets'), READ)),
    protobuf(mutatedBytes(recordedProtobuf('secrets'))),
    fc.constant<Answer>({ body: recordedJson('secrets') }),
  ),
  namespaces: fc.oneof(
    json(mutatedJson(namespaces, READ)),
    protobuf(mutatedBytes(recordedProtobuf('namespaces'))),
    fc.constant<Answer>({ body: namespaces }),
  ),
  awsiamroles: fc.oneof(
    json(mutatedJson(awsIamRoles, READ)),
    fc.constant<Answer>({ body: awsIamRoles }),
  ),
});

type Answers = typeof answers extends fc.Arbitrary<infer A> ? A : never;

const MAX_PAGES = 20;

/** Creates a server that returns the same page forever, with its continue token. */
function serverOf(bodies: Answers) {
  return fakeConnection(({ path }: ApiRequest, count) => {
    if (count > MAX_PAGES) throw new Error('the same page was requested too often');
    const resource = new URL(path, 'https://cluster.test').pathname.split('/').at(-1);
    return bodies[resource as keyof Answers];
  });
}

async function observe(bodies: Answers): Promise<ClusterView | undefined> {
  const connection = serverOf(bodies);
  try {
    const input = { phase: 'live', scope: EVERYWHERE, signal: FOREVER } as const;
    return await observeCluster(connection, input);
  } catch (error) {
    expect(error).toBeInstanceOf(RefresherError);
    return undefined;
  } finally {
    expect(connection.requests.length).toBeLessThanOrEqual(MAX_PAGES);
  }
}

const WRITES: ReadonlySet<string> = new Set(['create', 'renew', 'mark', 'unmark', 'remove']);

/** Returns the writes that a refresh and a sweep plan. */
function plannedWrites(view: ClusterView): readonly PlanItem[] {
  const context = aContext(view, NOW);
  return [planRefresh(context, view), planSweep(context, view, true)]
    .flatMap(({ items }) => items)
    .filter(({ action }) => WRITES.has(action));
}

function expectJustified(view: ClusterView, item: PlanItem): void {
  const { action, namespace, name, awsIamRole } = item;
  if (action === 'create' || action === 'renew') {
    expect(view.namespaces.items.map((each) => each.name)).toContain(namespace);
  }
  if (awsIamRole !== undefined) expect(awsIamRole).toMatchObject({ namespace, name });
  else expectJustifiedByPods(view, item);
}

function expectJustifiedByPods(view: ClusterView, item: PlanItem): void {
  const { action, namespace, name, role, roleArn } = item;
  if ('secret' in item && ownershipOf(item.secret).kind === 'orphan') {
    // A Secret that lost its AWSIAMRole can only be marked and removed, and is for no role.
    expect(['mark', 'unmark', 'remove']).toContain(action);
    expect(roleArn).toBe('');
  } else {
    expect(roleArn).toBe(BASE_ROLE_ARN + name.slice('aws-iam-'.length));
    expect(parseSecretName(name).role).toBe(role);
    if ('secret' in item) expect(roleOfPodSecret(item.secret)).toBe(role);
  }
  const isWanted = view.pods.items.some(
    (pod) => pod.namespace === namespace && pod.secretNames.includes(name),
  );
  if (action === 'create' || action === 'unmark') expect(isWanted).toBe(true);
  if (action === 'mark' || action === 'remove') {
    expect(isWanted).toBe(false);
    expect([view.pods.failure, view.secrets.failure]).toEqual([undefined, undefined]);
    const isOfResource = view.awsIamRoles.items.some(
      (resource) => resource.namespace === namespace && resource.name === name,
    );
    if (roleArn === '') expect(isOfResource).toBe(false);
  }
}

/** Executes a sweep and returns the written Secrets, as `<namespace>/<name>`. */
async function sweep(view: ClusterView): Promise<readonly string[]> {
  const cluster = new FakeCluster();
  for (const secret of view.secrets.items) cluster.put(secret);
  await runPlan(cluster.deps(), planSweep(aContext(view, NOW), view, true), FOREVER);
  return cluster.log
    .filter((step) => /^(?:create|change|remove) /.test(step))
    .map((step) => step.slice(step.indexOf(' ') + 1));
}

/** Maximum length of a message. */
const MAX_MESSAGE_LENGTH = 3_000;

describe('corrupted lists', () => {
  it('lead to justified plans only', async () => {
    await fc.assert(
      fc.asyncProperty(answers, async (bodies) => {
        const view = await observe(bodies);
        if (view === undefined) return;
        for (const item of plannedWrites(view)) expectJustified(view, item);
        for (const line of describeListFailures(view)) {
          expect(line.length).toBeLessThan(MAX_MESSAGE_LENGTH);
        }
      }),
      numRuns(700),
    );
  });

  it('do not crash a sweep, which writes planned Secrets only', async () => {
    await fc.assert(
      fc.asyncProperty(answers, async (bodies) => {
        const view = await observe(bodies);
        if (view === undefined) return;
        const planned = plannedWrites(view).map(secretKey);
        for (const written of await sweep(view)) expect(planned).toContain(written);
      }),
      numRuns(300),
    );
  });
});
