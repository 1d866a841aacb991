import {
  REFRESHER_LEASE,
  REQUEST_ANNOTATION,
} from '../../../contract/kubernetes/refresher-lease.ts';
import { truncateSecretName } from '../../../lambda/report/log-lines.ts';
import { formatUntil } from '../../../tools/terminal/format-duration.ts';
import type { Cell } from '../../../tools/terminal/table.ts';
import type { Terminal } from '../../../tools/terminal/terminal.ts';
import { type ConnectedCluster, withCluster } from '../../cluster/with-cluster.ts';
import { EXIT } from '../../exit-code.ts';
import type { ConfigOptions } from '../../options/cluster-options.ts';
import type { FleetOptions } from '../../options/fleet-options.ts';
import type { KubeconfigOptions } from '../../options/kubeconfig-options.ts';
import type { OutputOptions } from '../../options/output-option.ts';
import { noteIncomplete } from '../../planning/incomplete.ts';
import { type PlannablePass, planPass } from '../../planning/plan-pass.ts';
import { type PlannedAction, type PlanReport, planReport } from './plan-report.ts';

export interface PlanOptions extends ConfigOptions, FleetOptions, KubeconfigOptions, OutputOptions {
  readonly pass: PlannablePass;
  /** Also list Secrets that stay unchanged. */
  readonly all?: boolean;
}

/** Shows what a pass would do now. Returns the exit code: 1 when the plan is incomplete. */
export async function showPlan(terminal: Terminal, options: PlanOptions): Promise<number> {
  const { pass } = options;
  const report = await terminal.withSpinner('Reading the cluster', () =>
    withCluster(options, (cluster) => readPlan(cluster, pass)),
  );
  if (options.output === 'json') terminal.json(report);
  else printPlan(terminal, report, options.all === true);
  noteIncomplete(terminal, report.incomplete);
  return report.incomplete.length > 0 ? EXIT.error : EXIT.ok;
}

/** Plans a pass of a cluster. */
export async function readPlan(
  cluster: ConnectedCluster,
  pass: PlannablePass,
): Promise<PlanReport> {
  const planned = await planPass(cluster, { pass, scope: cluster.config.scope });
  return planReport(cluster, pass, planned);
}

/** Returns the items to list. */
export function shownItems({ items }: PlanReport, isAll: boolean): readonly PlannedAction[] {
  return items.filter(({ action }) => isAll || action !== 'keep');
}

/** Columns of an item. */
export const HEADER = ['ACTION', 'NAMESPACE', 'SECRET', 'ROLE', 'FOR', 'EXPIRES', 'WHY'];

/** The cells of an item, for {@link HEADER}. */
export function rowOf(item: PlannedAction, now: Date): readonly Cell[] {
  return [
    styledAction(item),
    item.namespace,
    item.secret,
    item.role === '' ? '-' : item.role,
    requesterOf(item),
    formatUntil(item.expiresAt === undefined ? undefined : new Date(item.expiresAt), now),
    item.why,
  ];
}

function printPlan(terminal: Terminal, report: PlanReport, isAll: boolean): void {
  const { ignored, brake } = report;
  const items = shownItems(report, isAll);
  const now = new Date(report.at);
  if (items.length > 0) {
    terminal.table({
      header: HEADER,
      rows: items.map((item) => rowOf(item, now)),
    });
    terminal.line();
  }
  if (ignored.length > 0) {
    terminal.table({
      header: ['IGNORED', 'NAMESPACE', 'POD', 'WHY'],
      rows: ignored.map(({ secret, namespace, pod, why }) => [
        truncateSecretName(secret),
        namespace,
        pod,
        why,
      ]),
    });
    terminal.line();
  }
  terminal.line(summary(report, isAll));
  if (brake !== undefined) {
    const { heldBack, managed, until } = brake;
    terminal.line({
      style: 'yellow',
      text: `The removal brake is on: the sweep holds back the removal of ${heldBack} of ${managed} Secrets. Those that stay unused are removed from ${until} on, or when you confirm (${howToConfirm(report)}).`,
    });
  }
}

/** There is no command for it: a person should have looked at each of the Secrets. */
function howToConfirm({ runsIn }: PlanReport): string {
  const event = '{"pass": "sweep", "confirm": true}';
  if (runsIn === 'lambda') return `invoke the sweep with ${event}`;
  const request = `{"id": "'$(date +%s)'", "sentAt": "'$(date -u +%Y-%m-%dT%H:%M:%SZ)'", "event": ${event}}`;
  return `kubectl annotate lease ${REFRESHER_LEASE.name} --namespace ${REFRESHER_LEASE.namespace} --overwrite ${REQUEST_ANNOTATION}='${request}'`;
}

function styledAction({ action }: PlannedAction) {
  if (action === 'refuse') return { text: action, style: 'red' } as const;
  return action === 'defer' || action === 'remove'
    ? ({ text: action, style: 'yellow' } as const)
    : action;
}

function requesterOf({ pod, awsIamRole }: PlannedAction): string {
  if (awsIamRole !== undefined) return `AWSIAMRole ${awsIamRole}`;
  return pod === undefined ? '-' : `pod ${pod}`;
}

function summary(report: PlanReport, isAll: boolean): string {
  const { cluster, pass, counts, incomplete } = report;
  const hint = counts.keep > 0 && !isAll ? ' (list them with --all)' : '';
  const prefix = incomplete.length > 0 ? 'Incomplete plan' : 'Plan';
  return `${prefix} for the next ${pass} of cluster ${cluster}: ${countsText(report, hint)}.`;
}

/** Formats the number of items by action. */
export function countsText({ counts, ignored }: PlanReport, hint = ''): string {
  const { keep, ...others } = counts;
  const actions = Object.entries(others)
    .filter(([, count]) => count > 0)
    .map(([action, count]) => `${count} to ${action}`);
  return [
    ...(actions.length === 0 ? ['no changes'] : actions),
    `${keep} to keep${hint}`,
    ...(ignored.length === 0 ? [] : [`${ignored.length} ignored`]),
  ].join(', ');
}
