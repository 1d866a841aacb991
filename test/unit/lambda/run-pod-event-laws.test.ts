import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ItemOutcome } from '../../../lambda/act/item-outcome.ts';
import { runPlan } from '../../../lambda/act/run-plan.ts';
import { createPlanContext } from '../../../lambda/decide/plan.ts';
import { planRefresh } from '../../../lambda/decide/plan-refresh.ts';
import { secretKey } from '../../../lambda/decide/requested-secrets.ts';
import { lookUpUnmanaged } from '../../../lambda/look-up-secrets.ts';
import { createMinuteCounter } from '../../../lambda/minute-counter.ts';
import type { ObservedAwsIamRole } from '../../../lambda/observe/awsiamroles.ts';
import type { ManagedSecret } from '../../../lambda/observe/managed-secrets.ts';
import type { ObservedNamespace } from '../../../lambda/observe/namespaces.ts';
import type { ObservedPod } from '../../../lambda/observe/pods.ts';
import { runPodEvent } from '../../../lambda/run-pod-event.ts';
import {
  anOwner,
  aPod,
  aPolicy,
  aRequest,
  BASE_ROLE_ARN,
  EVERYWHERE,
  iso,
  listing,
  minutes,
  SESSION_CONFIG,
} from '../../support/builders/builders.ts';
import { FakeCluster } from '../../support/builders/fake-cluster.ts';

const FOREVER = new AbortController().signal;

/** Few names, so that pods, Secrets, namespaces and requests of a random cluster match. */
const namespace = fc.constantFrom('a', 'b', 'kube-aws-iam');
const secretName = fc.constantFrom('aws-iam-x', 'aws-iam-y', 'aws-iam-forwarder', 'aws-iam-denied');
const podName = fc.constantFrom('p', 'q');

const pod = fc
  .tuple(podName, fc.uniqueArray(secretName, { minLength: 1 }), namespace)
  .map((parts) => aPod(...parts));

const secret: fc.Arbitrary<ManagedSecret> = fc.record({
  namespace,
  name: secretName,
  uid: fc.constant('u'),
  resourceVersion: fc.constant('1'),
  labels: fc.constantFrom<Record<string, string>>(
    { heritage: 'kube-aws-iam-controller' },
    { heritage: 'kube-aws-iam-controller', type: 'awsiamrole' },
    {},
  ),
  owners: fc.constantFrom([], [anOwner()]),
  annotations: fc.dictionary(
    fc.constantFrom('kube-aws-iam/expires-at', 'kube-aws-iam/unused-since'),
    fc.oneof(
      fc.integer({ min: -120, max: 90 }).map((offset) => iso(minutes(offset))),
      fc.constantFrom('9999-12-31T23:59:59Z', 'garbage', ''),
    ),
  ),
});

const annotations = fc.constantFrom<Record<string, string>>(
  { 'iam.amazonaws.com/allowed-roles': '["*"]' },
  { 'iam.amazonaws.com/allowed-roles': '["x"]' },
  { 'iam.amazonaws.com/permitted': '.*/(y|denied)' },
  { 'iam.amazonaws.com/permitted': '(' },
  {},
);

const aWorld = fc.record({
  pods: fc.uniqueArray(pod, { maxLength: 6, selector: secretKey }),
  secrets: fc.uniqueArray(secret, { maxLength: 8, selector: secretKey }),
  namespaces: fc.uniqueArray(
    fc.record({
      name: namespace,
      uid: fc.constant('uid-of-namespace'),
      terminating: fc.boolean(),
      annotations,
    }),
    { selector: ({ name }) => name },
  ),
  isSecretsListIncomplete: fc.boolean(),
  policy: fc
    .record({
      namespaceRestrictions: fc.constantFrom('required', 'annotated', 'off'),
      deniedRoles: fc.constantFrom([], [`${BASE_ROLE_ARN}denied`]),
      assumableRoles: fc.constantFrom([`${BASE_ROLE_ARN}*`], [`${BASE_ROLE_ARN}x`]),
    })
    .map((rules) => aPolicy({ ...rules, forwarderRoleArn: `${BASE_ROLE_ARN}forwarder` })),
});
type World = typeof aWorld extends fc.Arbitrary<infer T> ? T : never;

const request = fc
  .record({ namespace, pod: podName, secret: secretName })
  .map((parts) => aRequest(parts.secret, parts));
type Request = typeof request extends fc.Arbitrary<infer T> ? T : never;

function clusterOf({ pods, secrets, namespaces }: World): FakeCluster {
  const cluster = new FakeCluster();
  cluster.pods = [...pods];
  cluster.namespaces = namespaces;
  for (const one of secrets) cluster.put(one);
  return cluster;
}

const failureIn = ({ isSecretsListIncomplete }: World) =>
  isSecretsListIncomplete ? new Error('incomplete') : undefined;

/** Handles the request as a pod event. */
async function byEvent(world: World, requested: Request) {
  const cluster = clusterOf(world);
  const outcomes: ItemOutcome[] = [];
  const observeRequests = () => async () => {
    const view = await cluster.observeRequest(requested);
    return {
      ...view,
      secrets: listing(world.isSecretsListIncomplete ? [] : view.secrets.items, failureIn(world)),
    };
  };
  const changeLog = {
    writePass: () => {},
    writeCheck: () => {},
    writePodEvent: (all: readonly ItemOutcome[]) => outcomes.push(...all),
  };
  const { policy } = world;
  const act = { ...cluster.deps(), policy, scope: EVERYWHERE, observeRequests };
  await runPodEvent(
    {
      ...act,
      statusWriter: { write: async () => [] },
      eventReporter: { report: async () => {} },
      changeLog,
      addPodEventMetrics: () => {},
      requestCounts: createMinuteCounter(),
    },
    { wanted: [requested] },
    FOREVER,
  ).catch((error: unknown) => {
    if (!world.isSecretsListIncomplete) throw error;
  });
  return { outcome: outcomes[0], cluster };
}

/** Handles the same Secret in a refresh pass, which lists all pods and the managed Secrets. */
async function byPass(world: World, requested: Request) {
  const cluster = clusterOf(world);
  const labelled = [...cluster.secrets.values()].filter(({ labels }) => 'heritage' in labels);
  const listed = {
    pods: listing<ObservedPod>(cluster.pods),
    secrets: listing<ManagedSecret>(
      world.isSecretsListIncomplete ? [] : labelled,
      failureIn(world),
    ),
    namespaces: listing<ObservedNamespace>(cluster.namespaces),
    awsIamRoles: listing<ObservedAwsIamRole>([]),
  };
  const view = await lookUpUnmanaged(cluster.deps(), listed, FOREVER);
  cluster.log.length = 0;
  const config = { ...SESSION_CONFIG, policy: world.policy, refreshBeforeSeconds: 1_800 };
  const { items } = planRefresh(createPlanContext(config, view.namespaces, cluster.now), view);
  const key = secretKey({ namespace: requested.namespace, name: requested.secret });
  const ofSecret = items.filter((item) => secretKey(item) === key);
  const [outcome] = await runPlan(cluster.deps(), { items: ofSecret, ignored: [] }, FOREVER);
  return { outcome, cluster };
}

const isRequested = ({ pods }: World, requested: Request) =>
  pods.some(
    (one) =>
      one.namespace === requested.namespace &&
      one.name === requested.pod &&
      one.secretNames.includes(requested.secret),
  );

/** An outcome without the pod, which may be another that requests the same. */
function withoutPod(outcome: ItemOutcome | undefined) {
  if (outcome === undefined) return undefined;
  const { pod, ...rest } = outcome;
  expect(pod).toBeDefined();
  return rest;
}

const isUnlabelled = ({ secrets }: World, requested: Request) =>
  secrets.some(
    ({ namespace: where, name, labels }) =>
      where === requested.namespace && name === requested.secret && !('heritage' in labels),
  );

describe('for any cluster and any request', () => {
  it('of a pod, an event has the same result as a refresh pass', async () => {
    await fc.assert(
      fc.asyncProperty(aWorld, request, async (world, requested) => {
        fc.pre(isRequested(world, requested) && !isUnlabelled(world, requested));
        const [event, pass] = [await byEvent(world, requested), await byPass(world, requested)];
        expect(withoutPod(event.outcome)).toEqual(withoutPod(pass.outcome));
        expect(event.cluster.secrets).toEqual(pass.cluster.secrets);
        expect(event.cluster.log.slice(1)).toEqual(pass.cluster.log);
      }),
      { numRuns: 1_000 },
    );
  });

  it("a user's own Secret is left to its pod, without a session", async () => {
    await fc.assert(
      fc.asyncProperty(aWorld, request, async (any, requested) => {
        const world = { ...any, isSecretsListIncomplete: false };
        fc.pre(isRequested(world, requested) && isUnlabelled(world, requested));
        const [event, pass] = [await byEvent(world, requested), await byPass(world, requested)];
        expect(event.cluster.secrets).toEqual(clusterOf(world).secrets);
        expect(event.cluster.log).toHaveLength(1);
        expect(event.outcome).toBeUndefined();
        expect(pass.outcome).toBeUndefined();
        expect(pass.cluster.log).toEqual([]);
      }),
    );
  });

  it('that its pod does not make, an event does nothing', async () => {
    await fc.assert(
      fc.asyncProperty(aWorld, request, async (world, requested) => {
        fc.pre(!isRequested(world, requested));
        const { outcome, cluster } = await byEvent(world, requested);
        expect(outcome).toBeUndefined();
        expect(cluster.log).toEqual([`observe ${requested.namespace}/${requested.secret}`]);
      }),
    );
  });

  it('a repeated event has nothing left to do', async () => {
    await fc.assert(
      fc.asyncProperty(aWorld, request, async (world, requested) => {
        const complete = { ...world, isSecretsListIncomplete: false };
        // Twice: the first event only removes the mark, the second one renews.
        let secrets: readonly ManagedSecret[] = complete.secrets;
        for (let i = 0; i < 2; i++) {
          const { cluster } = await byEvent({ ...complete, secrets: [...secrets] }, requested);
          secrets = [...cluster.secrets.values()];
        }
        const { outcome } = await byEvent({ ...complete, secrets: [...secrets] }, requested);
        expect([undefined, 'kept', 'refused', 'deferred']).toContain(outcome?.result);
      }),
    );
  });

  it("a denied role is never assumed, and the forwarder's only for the forwarder", async () => {
    await fc.assert(
      fc.asyncProperty(aWorld, request, async (world, requested) => {
        const { cluster } = await byEvent(world, requested);
        for (const step of cluster.log.filter((one) => one.startsWith('assume '))) {
          const [, where, role] = step.split(' ');
          if (role === 'forwarder') expect(where).toBe('kube-aws-iam');
          if (role === 'denied') expect(world.policy.deniedRoles).toEqual([]);
        }
      }),
      { numRuns: 300 },
    );
  });
});
