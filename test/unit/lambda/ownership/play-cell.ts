import {
  explainSecret,
  type SecretExplanation,
} from '../../../../bin/commands/explain/explain-secret.ts';
import { PASS } from '../../../../contract/pass.ts';
import type { ItemOutcome } from '../../../../lambda/act/item-outcome.ts';
import type { IgnoredMount } from '../../../../lambda/decide/requested-secrets.ts';
import type { Condition, ObservedAwsIamRole } from '../../../../lambda/observe/awsiamroles.ts';
import type { ObservedPod } from '../../../../lambda/observe/pods.ts';
import { createChangeLog } from '../../../../lambda/report/change-log.ts';
import { awsIamRoleEvents } from '../../../../lambda/report/events/awsiamrole-events.ts';
import type { ClusterEvent } from '../../../../lambda/report/events/cluster-event.ts';
import { podEvents } from '../../../../lambda/report/events/pod-events.ts';
import type { PassReport } from '../../../../lambda/report/pass-report.ts';
import { awsIamRoleStatus } from '../../../../lambda/report/statuses/awsiamrole-status.ts';
import { runPass } from '../../../../lambda/run-pass.ts';
import {
  anAwsIamRole,
  anOwner,
  aPolicy,
  aSecret,
  BASE_ROLE_ARN,
  EVERYWHERE,
  iso,
  listing,
  minutes,
  NOW,
  SESSION_CONFIG,
} from '../../../support/builders/builders.ts';
import { FakeCluster, type StoredSecret } from '../../../support/builders/fake-cluster.ts';
import type { Cell } from './cells.ts';

/** What happened in a cell during 80 minutes, in which the credentials that the Secret had at first expire. */
export interface Story {
  readonly before: StoredSecret | undefined;
  readonly after: StoredSecret | undefined;
  /** The role of the credentials at the end; undefined if they have expired. */
  readonly validRole: string | undefined;
  /** Reasons of the Warnings about the pod and about the AWSIAMRole, and of what is ignored. */
  readonly podWarnings: readonly string[];
  readonly resourceWarnings: readonly string[];
  /** The condition of the AWSIAMRole at the end. */
  readonly ready: Condition | undefined;
  /** The alarms whose metrics were not zero for the first half hour, before the credentials expired. */
  readonly alarms: readonly string[];
  /** Minutes until the first Warning; undefined if there was none. */
  readonly warnedAfter: number | undefined;
  /** The reasons in the log. */
  readonly logged: readonly string[];
  /** What `explain` concludes at the end; undefined if neither the pod nor an AWSIAMRole requests the Secret. */
  readonly explained: SecretExplanation | undefined;
  readonly removals: number;
}

/** When the credentials of the Secret expire, in minutes. A renewal is due ten minutes later at the latest. */
export const EXPIRY_MINUTES = 40;
const STORY_MINUTES = 80;
/** Time between two sweeps. */
const STEP_MINUTES = 10;

const ROLE_OF_RESOURCE = 'bar';
/** The deletion of an object that a finalizer keeps. */
const HOLD = { since: minutes(-10), finalizers: ['example.com/hold'] };

/** Plays a cell: a refresh and a sweep every ten minutes. */
export async function playCell(cell: Cell): Promise<Story> {
  const cluster = clusterOf(cell);
  const [before] = cluster.secrets.values();
  const deps = { ...cluster.deps() };
  const warnings = { Pod: new Set<string>(), AWSIAMRole: new Set<string>() };
  const logged = new Set<string>();
  const counts = { refused: [] as number[], denied: [] as number[], withheld: [] as number[] };
  let ready: Condition | undefined;
  let warnedAfter: number | undefined;
  let lastEvent: ClusterEvent | undefined;
  let removals = 0;
  let minute = 0;

  const report = (events: readonly ClusterEvent[]) => {
    for (const event of events) {
      const { type, regarding, reason } = event;
      if (type !== 'Warning' && reason !== 'SecretIgnored') continue;
      warnedAfter ??= minute;
      lastEvent = event;
      warnings[regarding.kind as 'Pod' | 'AWSIAMRole'].add(reason);
    }
  };
  const log = (_: string, { reason }: Record<string, unknown>) => {
    if (typeof reason === 'string') logged.add(reason);
  };
  const run = async (pass: typeof PASS.refresh | typeof PASS.sweep): Promise<PassReport> => {
    const observe = async () => viewOf(cluster, pass);
    const write = async (outcomes: readonly ItemOutcome[]) => {
      for (const outcome of outcomes) {
        const status = awsIamRoleStatus(outcome, cluster.now);
        if (status === undefined) continue;
        ready = status.conditions?.find(({ type }) => type === 'Ready');
        const { observedGeneration = 0, conditions = [] } = status;
        cluster.awsIamRoles = cluster.awsIamRoles.map((resource) => ({
          ...resource,
          status: { observedGeneration, conditions },
        }));
      }
      return [];
    };
    const { report: result } = await runPass(
      {
        ...deps,
        observe,
        lookUpSecret: async (secret) => listing(secretsNamed(cluster, secret.name)),
        statusWriter: { write },
        eventReporter: {
          async report(outcomes: readonly ItemOutcome[], ignored: readonly IgnoredMount[]) {
            report([
              ...podEvents(outcomes, ignored, () => false, NOW),
              ...awsIamRoleEvents(outcomes, () => false),
            ]);
          },
        },
        changeLog: createChangeLog({ debug: () => {}, info: log, warn: log }),
        addMetrics: () => {},
      },
      { pass },
      pass,
      { observing: new AbortController().signal, acting: new AbortController().signal },
    );
    removals += result.counts.removed;
    return result;
  };

  for (minute = 0; minute <= STORY_MINUTES; minute += STEP_MINUTES) {
    cluster.now = minutes(minute);
    const refresh = await run(PASS.refresh);
    const sweep = await run(PASS.sweep);
    if (minute >= EXPIRY_MINUTES) continue;
    counts.refused.push(refresh.counts.refused + refresh.refusedMounts);
    counts.denied.push(refresh.denied);
    counts.withheld.push(sweep.withheld);
  }
  const [after] = cluster.secrets.values();
  const [expiry, roleArn] = ['kube-aws-iam/expires-at', 'kube-aws-iam/role-arn'].map(
    (key) => after?.annotations[key] ?? '',
  );
  const isValid = Date.parse(expiry ?? '') > cluster.now.getTime();
  return {
    before,
    after,
    validRole: isValid ? roleArn?.replace(BASE_ROLE_ARN, '') : undefined,
    podWarnings: [...warnings.Pod],
    resourceWarnings: [...warnings.AWSIAMRole],
    ready,
    alarms: alarmsOf(counts),
    warnedAfter,
    logged: [...logged],
    explained: await explain(cell, cluster, lastEvent),
    removals,
  };
}

/** An alarm needs a value in each period, and 15 minutes at most. A renewal becomes due in this time, too. */
function alarmsOf(counts: Readonly<Record<'refused' | 'denied' | 'withheld', readonly number[]>>) {
  const isLasting = (values: readonly number[]) => (values.at(-1) ?? 0) > 0;
  return [
    ...(isLasting(counts.refused) ? ['roles-refused'] : []),
    ...(isLasting(counts.denied) ? ['roles-not-assumable'] : []),
    ...(isLasting(counts.withheld) ? ['credentials-withheld'] : []),
  ];
}

function explain(
  { awsIamRole, pod, hasPrefix }: Cell,
  cluster: FakeCluster,
  event: ClusterEvent | undefined,
): Promise<SecretExplanation> | undefined {
  const secret = hasPrefix ? 'aws-iam-foo' : 'foo';
  const seen = { namespace: 'shop', seenAt: cluster.now.toISOString() };
  const isOfPod = pod !== 'none' && hasPrefix && awsIamRole === 'none';
  if (!isOfPod && awsIamRole === 'none') return undefined;
  const events = event === undefined ? [] : [{ ...event, count: 1, lastSeen: iso(cluster.now) }];
  return explainSecret(
    {
      config: {
        ...{ region: 'eu-central-1', clusterName: 'test', scope: EVERYWHERE },
        ...{ policy: aPolicy(), sessions: SESSION_CONFIG.sessions },
        secretMetadata: { labels: {}, annotations: {} },
        refreshBeforeSeconds: 1_800,
      },
      target: {},
      observe: cluster.observeRequest,
      eventsAbout: () => ({ events }),
      now: cluster.now,
    },
    isOfPod ? { ...seen, secret, pod: 'web' } : { ...seen, awsIamRole: secret },
  );
}

function secretsNamed(cluster: FakeCluster, name: string): readonly StoredSecret[] {
  return [...cluster.secrets.values()].filter((secret) => secret.name === name);
}

function viewOf(cluster: FakeCluster, pass: typeof PASS.refresh | typeof PASS.sweep) {
  const secrets = [...cluster.secrets.values()];
  return {
    pods: listing(
      pass === PASS.sweep ? cluster.pods : cluster.pods.filter(({ isPending }) => isPending),
    ),
    // The list selects by the label.
    secrets: listing(secrets.filter(({ labels }) => labels['heritage'] !== undefined)),
    namespaces: listing(cluster.namespaces),
    awsIamRoles: listing(cluster.awsIamRoles),
  };
}

function clusterOf(cell: Cell): FakeCluster {
  const cluster = new FakeCluster();
  const name = nameIn(cell);
  const { secret } = cell;
  cluster.awsIamRoles = awsIamRolesIn(cell);
  cluster.pods = podsIn(cell);
  if (secret === undefined) return cluster;
  const expiry = secret.hasHeritage ? minutes(EXPIRY_MINUTES, NOW) : '';
  cluster.put(aSecret(name, metadataOf(cell, secret), expiry));
  if (secret.isImmutable) cluster.immutable.add(`shop/${name}`);
  if (secret.state !== 'plain') cluster.finalizers.set(`shop/${name}`, HOLD.finalizers);
  return cluster;
}

function nameIn({ hasPrefix }: Cell): string {
  return hasPrefix ? 'aws-iam-foo' : 'foo';
}

function awsIamRolesIn(cell: Cell): ObservedAwsIamRole[] {
  const fields = { roleReference: ROLE_OF_RESOURCE, createdAt: minutes(-9) };
  const resource = anAwsIamRole(nameIn(cell), fields);
  switch (cell.awsIamRole) {
    case 'none':
      return [];
    case 'exists':
      return [resource];
    case 'being deleted':
      return [{ ...resource, deletion: HOLD }];
  }
}

function podsIn(cell: Cell): ObservedPod[] {
  const { pod, hasPrefix } = cell;
  if (pod === 'none') return [];
  const mounted = [nameIn(cell)];
  const identity = { namespace: 'shop', name: 'web', uid: 'uid-of-web', createdAt: minutes(-60) };
  return [
    {
      ...identity,
      ...(hasPrefix ? { secretNames: mounted } : { secretNames: [], otherSecretNames: mounted }),
      ...(pod === 'pending' ? { isPending: true } : {}),
      ...(pod === 'running' && hasPrefix ? { provenNames: mounted } : {}),
    },
  ];
}

function metadataOf(
  cell: Cell,
  { hasHeritage, hasType, owner, state }: NonNullable<Cell['secret']>,
): Partial<StoredSecret> {
  const name = nameIn(cell);
  const of = (uid: string) =>
    anOwner({ apiVersion: 'zalando.org/v1', kind: 'AWSIAMRole', name, uid });
  const current = `uid-of-${name}`;
  const owners = {
    none: [],
    'this AWSIAMRole': [of(current)],
    'an earlier AWSIAMRole': [of('uid-of-earlier')],
    'another object': [anOwner()],
    several: [of(cell.awsIamRole === 'none' ? 'uid-of-earlier' : current), anOwner()],
  };
  return {
    labels: {
      ...(hasHeritage ? { heritage: 'kube-aws-iam-controller' } : {}),
      ...(hasType ? { type: 'awsiamrole' } : {}),
    },
    owners: owners[owner],
    annotations: { 'kube-aws-iam/awsiamrole-generation': '1' },
    ...(state === 'being deleted' ? { deletion: HOLD } : {}),
  };
}
