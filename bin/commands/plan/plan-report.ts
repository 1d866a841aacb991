import { formatInstant } from '../../../contract/format-instant.ts';
import type { PlanItem, RemovalBrake } from '../../../lambda/decide/plan.ts';
import type { OpenCluster } from '../../kubeconfig/with-cluster.ts';
import type { PlannedPass, PlannedRun } from '../../planning/plan-pass.ts';
import { type PlannedItem, plannedItem } from './planned-item.ts';

type Action = PlanItem['action'];

/** A mounted Secret that has the prefix and asks for nothing. */
export interface IgnoredLine {
  readonly namespace: string;
  readonly pod: string;
  readonly secret: string;
  readonly reason: string;
  readonly why: string;
}

/** A plan as `--output json` has it: everything. */
export interface PlanReport {
  readonly cluster: string;
  readonly context: string;
  readonly configuration: string;
  readonly pass: PlannedPass;
  readonly at: string;
  /** Why a list did not arrive whole; empty when all did. */
  readonly incomplete: readonly string[];
  readonly counts: Readonly<Record<Action, number>>;
  readonly brake?: RemovalBrake;
  readonly items: readonly PlannedItem[];
  readonly ignored: readonly IgnoredLine[];
}

/** What is done comes before what is not, and what is left as it is last. */
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

/** The report of a planned run. */
export function planReport(
  { config, context, source }: Pick<OpenCluster, 'config' | 'context' | 'source'>,
  pass: PlannedPass,
  run: PlannedRun,
): PlanReport {
  const { plan, incomplete } = run;
  const items = plan.items
    .map((item) => plannedItem(item, run.context))
    .toSorted((one, other) => compare(one, other));
  const countOf = (action: Action) => items.filter((item) => item.action === action).length;
  return {
    cluster: config.clusterName,
    context,
    configuration: source,
    pass,
    at: formatInstant(run.context.now),
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

function compare(one: PlannedItem, other: PlannedItem): number {
  const byAction = ORDER.indexOf(one.action) - ORDER.indexOf(other.action);
  return (
    byAction ||
    one.namespace.localeCompare(other.namespace) ||
    one.secret.localeCompare(other.secret)
  );
}
