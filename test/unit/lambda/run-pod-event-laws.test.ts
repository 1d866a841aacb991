import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ItemOutcome } from '../../../lambda/act/item-outcome.ts';
import { runPlan } from '../../../lambda/act/run-plan.ts';
import { createPlanContext } from '../../../lambda/decide/plan.ts';
import { planRefresh } from '../../../lambda/decide/plan-refresh.ts';
import { secretKey } from '../../../lambda/decide/requested-secrets.ts';
import type { ObservedAwsIamRole } from '../../../lambda/observe/awsiamroles.ts';
import type { ManagedSecret } from '../../../lambda/observe/managed-secrets.ts';
import type { ObservedNamespace } from '../../../lambda/observe/namespaces.ts';
import type { ObservedPod } from '../../../lambda/observe/observed-pod.ts';
import { runPodEvent } from '../../../lambda/run-pod-event.ts';
import {
  aPod,
  aPolicy,
  aWant,
  BASE_ROLE_ARN,
  EVERYWHERE,
  iso,
  listing,
  minutes,
} from '../../support/builders.ts';
import { FakeCluster } from '../../support/fake-cluster.ts';

const FOREVER = new AbortController().signal;

/** Few names, so that pods, Secrets, namespaces and wants of a random cluster meet. */
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
  ownerUids: fc.constantFrom([], ['some-owner']),
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

const world = fc.record({
  pods: fc.uniqueArray(pod, { maxLength: 6, selector: secretKey }),
  secrets: fc.uniqueArray(secret, { maxLength: 8, selector: secretKey }),
  namespaces: fc.uniqueArray(
    fc.record({ name: namespace, terminating: fc.boolean(), annotations }),
    { selector: ({ name }) => name },
  ),
  isSecretsBroken: fc.boolean(),
  policy: fc
    .record({
      namespaceRestrictions: fc.constantFrom('required', 'annotated', 'off'),
      deniedRoles: fc.constantFrom([], [`${BASE_ROLE_ARN}denied`]),
      assumableRoles: fc.constantFrom([`${BASE_ROLE_ARN}*`], [`${BASE_ROLE_ARN}x`]),
    })
    .map((rules) => aPolicy({ ...rules, forwarderRoleArn: `${BASE_ROLE_ARN}forwarder` })),
});
type World = typeof world extends fc.Arbitrary<infer T> ? T : never;

const wish = fc
  .record({ namespace, pod: podName, secret: secretName })
  .map((parts) => aWant(parts.secret, parts));
type Wish = typeof wish extends fc.Arbitrary<infer T> ? T : never;

function clusterOf({ pods, secrets, namespaces }: World): FakeCluster {
  const cluster = new FakeCluster();
  cluster.pods = [...pods];
  cluster.namespaces = namespaces;
  for (const one of secrets) cluster.put(one);
  return cluster;
}

const broken = ({ isSecretsBroken }: World) => (isSecretsBroken ? new Error('broken') : undefined);

/** What the event makes of the want. */
async function byEvent(seen: World, want: Wish) {
  const cluster = clusterOf(seen);
  const outcomes: ItemOutcome[] = [];
  const observeRequests = () => async () => {
    const view = await cluster.observeWant(want);
    return {
      ...view,
      secrets: listing(seen.isSecretsBroken ? [] : view.secrets.items, broken(seen)),
    };
  };
  const changeLog = {
    writePass: () => {},
    writeCheck: () => {},
    writePodEvent: (all: readonly ItemOutcome[]) => outcomes.push(...all),
  };
  const { policy } = seen;
  const act = { ...cluster.deps(), policy, scope: EVERYWHERE, observeRequests };
  await runPodEvent(
    {
      ...act,
      statusWriter: { write: async () => [] },
      eventReporter: { report: async () => {} },
      changeLog,
      addPodEventMetrics: () => {},
    },
    { wanted: [want] },
    FOREVER,
  ).catch((error: unknown) => {
    if (!seen.isSecretsBroken) throw error;
  });
  return { outcome: outcomes[0], cluster };
}

/** What the tick, which lists all pods and the Secrets with the label, makes of the same Secret. */
async function byTick(seen: World, want: Wish) {
  const cluster = clusterOf(seen);
  const labelled = [...cluster.secrets.values()].filter(({ labels }) => 'heritage' in labels);
  const view = {
    pods: listing<ObservedPod>(cluster.pods),
    secrets: listing<ManagedSecret>(seen.isSecretsBroken ? [] : labelled, broken(seen)),
    namespaces: listing<ObservedNamespace>(cluster.namespaces),
    awsIamRoles: listing<ObservedAwsIamRole>([]),
  };
  const configured = { policy: seen.policy, refreshBeforeSeconds: 1_800 };
  const { items } = planRefresh(createPlanContext(configured, view.namespaces, cluster.now), view);
  const key = secretKey({ namespace: want.namespace, name: want.secret });
  const mine = items.filter((item) => secretKey(item) === key);
  const [outcome] = await runPlan(cluster.deps(), { items: mine, ignored: [] }, FOREVER);
  return { outcome, cluster };
}

const isWanted = ({ pods }: World, want: Wish) =>
  pods.some(
    (one) =>
      one.namespace === want.namespace &&
      one.name === want.pod &&
      one.secretNames.includes(want.secret),
  );

/** An outcome without the pod, which may be another that wants the same. */
function withoutPod(outcome: ItemOutcome | undefined) {
  if (outcome === undefined) return undefined;
  const { pod, ...rest } = outcome;
  expect(pod).toBeDefined();
  return rest;
}

const isUnlabelled = ({ secrets }: World, want: Wish) =>
  secrets.some(
    ({ namespace: where, name, labels }) =>
      where === want.namespace && name === want.secret && !('heritage' in labels),
  );

describe('for any cluster and any want', () => {
  it('whose pod wants the Secret, an event does to it what the tick does', async () => {
    await fc.assert(
      fc.asyncProperty(world, wish, async (seen, want) => {
        fc.pre(isWanted(seen, want) && !isUnlabelled(seen, want));
        const [event, tick] = [await byEvent(seen, want), await byTick(seen, want)];
        expect(withoutPod(event.outcome)).toEqual(withoutPod(tick.outcome));
        expect(event.cluster.secrets).toEqual(tick.cluster.secrets);
        expect(event.cluster.log.slice(1)).toEqual(tick.cluster.log);
      }),
      { numRuns: 1_000 },
    );
  });

  it("a Secret that is somebody's own is left alone, without the session that the tick opens first", async () => {
    await fc.assert(
      fc.asyncProperty(world, wish, async (any, want) => {
        const seen = { ...any, isSecretsBroken: false };
        fc.pre(isWanted(seen, want) && isUnlabelled(seen, want));
        const [event, tick] = [await byEvent(seen, want), await byTick(seen, want)];
        expect(event.cluster.secrets).toEqual(clusterOf(seen).secrets);
        expect(event.cluster.log).toHaveLength(1);
        expect(event.outcome).toMatchObject({ result: 'refused', reason: 'name-taken' });
        const told = tick.outcome;
        // Both explain it alike, so that the log does not take it for news each time.
        if (told?.result === 'refused' && told.reason === 'name-taken') {
          expect(event.outcome).toMatchObject({ message: told.message });
        }
      }),
    );
  });

  it('whose pod does not want the Secret, an event does nothing at all', async () => {
    await fc.assert(
      fc.asyncProperty(world, wish, async (seen, want) => {
        fc.pre(!isWanted(seen, want));
        const { outcome, cluster } = await byEvent(seen, want);
        expect(outcome).toBeUndefined();
        expect(cluster.log).toEqual([`look ${want.namespace}/${want.secret}`]);
      }),
    );
  });

  it('an event that comes again has nothing left to do', async () => {
    await fc.assert(
      fc.asyncProperty(world, wish, async (seen, want) => {
        const whole = { ...seen, isSecretsBroken: false };
        // Twice: a mark comes off alone, and what else is due comes after it.
        let secrets: readonly ManagedSecret[] = whole.secrets;
        for (let time = 0; time < 2; time++) {
          const { cluster } = await byEvent({ ...whole, secrets: [...secrets] }, want);
          secrets = [...cluster.secrets.values()];
        }
        const { outcome } = await byEvent({ ...whole, secrets: [...secrets] }, want);
        expect([undefined, 'kept', 'refused', 'deferred']).toContain(outcome?.result);
      }),
    );
  });

  it("a denied role is given to nobody, and the forwarder's to nobody but the forwarder", async () => {
    await fc.assert(
      fc.asyncProperty(world, wish, async (seen, want) => {
        const { cluster } = await byEvent(seen, want);
        for (const step of cluster.log.filter((one) => one.startsWith('assume '))) {
          const [, where, role] = step.split(' ');
          if (role === 'forwarder') expect(where).toBe('kube-aws-iam');
          if (role === 'denied') expect(seen.policy.deniedRoles).toEqual([]);
        }
      }),
      { numRuns: 300 },
    );
  });
});
