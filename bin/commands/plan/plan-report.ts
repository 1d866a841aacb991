import { formatInstant } from '../../../contract/format-instant.ts';
import type { PlanContext, PlanItem, RemovalBrake } from '../../../lambda/decide/plan.ts';
import type { ConnectedCluster } from '../../cluster/with-cluster.ts';
import type { PlannablePass, PlannedPass } from '../../planning/plan-pass.ts';
import { type PlannedItem, plannedItem } from '../../planning/planned-item.ts';

type Action = PlanItem['action'];

/** An item of the plan and its action. */
export interface PlannedAction extends PlannedItem {
  readonly action: Action;
  /** A pod that requests the Secret. */
  readonly pod?: string;
  /** Machine-readable reason of a refused or deferred item. */
  readonly reason?: string;
}

/** A mounted Secret that has the name prefix but requests no role. */
interface IgnoredSecret {
  readonly namespace: string;
  readonly pod: string;
  readonly secret: string;
  readonly reason: string;
  readonly why: string;
}

/** The plan of a pass, as `--output json` prints it. */
export interface PlanReport {
  readonly cluster: string;
  readonly context: string;
  readonly configuration: string;
  /** Where the refresher runs: its functions or its Deployment carry out the plan. */
  readonly runsIn: ConnectedCluster['runsIn'];
  readonly pass: PlannablePass;
  readonly at: string;
  /** Why lists are incomplete. */
  readonly incomplete: readonly string[];
  readonly counts: Readonly<Record<Action, number>>;
  readonly brake?: RemovalBrake;
  readonly items: readonly PlannedAction[];
  readonly ignored: readonly IgnoredSecret[];
}

/** Order of the items: changes first, unchanged Secrets last. */
const ORDER: readonly Action[] = [
  'create',
  'renew',
  'unmark',
  'mark',
  'remove',
  'refuse',
  'defer',
  'keep',
];

/** Creates the report of a planned pass. */
export function planReport(
  {
    config,
    context,
    source,
    runsIn,
  }: Pick<ConnectedCluster, 'config' | 'context' | 'source' | 'runsIn'>,
  pass: PlannablePass,
  planned: PlannedPass,
): PlanReport {
  const { plan, incomplete } = planned;
  const items = plan.items.map((item) => plannedAction(item, planned.context)).toSorted(compare);
  const countOf = (action: Action) => items.filter((item) => item.action === action).length;
  return {
    cluster: config.clusterName,
    context,
    configuration: source,
    runsIn,
    pass,
    at: formatInstant(planned.context.now),
    incomplete,
    counts: {
      create: countOf('create'),
      renew: countOf('renew'),
      unmark: countOf('unmark'),
      mark: countOf('mark'),
      remove: countOf('remove'),
      refuse: countOf('refuse'),
      defer: countOf('defer'),
      keep: countOf('keep'),
    },
    ...(plan.brake === undefined ? {} : { brake: plan.brake }),
    items,
    ignored: plan.ignored.map(({ pod, secretName, reason, message }) => ({
      namespace: pod.namespace,
      pod: pod.name,
      secret: secretName,
      reason,
      why: message,
    })),
  };
}

function plannedAction(item: PlanItem, context: PlanContext): PlannedAction {
  const { action, pod } = item;
  return {
    action,
    ...plannedItem(item, context),
    ...(pod === undefined ? {} : { pod: pod.name }),
    ...('reason' in item ? { reason: item.reason } : {}),
  };
}

function compare(one: PlannedAction, other: PlannedAction): number {
  const byAction = ORDER.indexOf(one.action) - ORDER.indexOf(other.action);
  return (
    byAction ||
    one.namespace.localeCompare(other.namespace) ||
    one.secret.localeCompare(other.secret)
  );
}
