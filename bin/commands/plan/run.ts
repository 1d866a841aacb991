import { truncateSecretName } from '../../../lambda/report/log-lines.ts';
import { formatUntil } from '../../../tools/terminal/format-duration.ts';
import type { Terminal } from '../../../tools/terminal/terminal.ts';
import { withCluster } from '../../cluster/with-cluster.ts';
import { EXIT } from '../../exit-code.ts';
import type { ConfigOptions } from '../../options/cluster-options.ts';
import type { KubeconfigOptions } from '../../options/kubeconfig-options.ts';
import type { OutputOptions } from '../../options/output-option.ts';
import { noteIncomplete } from '../../planning/incomplete.ts';
import { type PlannablePass, planPass } from '../../planning/plan-pass.ts';
import { type PlannedAction, type PlanReport, planReport } from './plan-report.ts';

export interface PlanOptions extends ConfigOptions, KubeconfigOptions, OutputOptions {
  readonly pass: PlannablePass;
  /** Also list Secrets that stay unchanged. */
  readonly all?: boolean;
}

/** Shows what a pass would do now. Returns the exit code: 1 when the plan is incomplete. */
export async function showPlan(terminal: Terminal, options: PlanOptions): Promise<number> {
  const { pass } = options;
  const report = await terminal.withSpinner('Reading the cluster', () =>
    withCluster(options, async (cluster) => {
      const planned = await planPass(cluster, { pass, scope: cluster.config.scope });
      return planReport(cluster, pass, planned);
    }),
  );
  if (options.output === 'json') terminal.json(report);
  else printPlan(terminal, report, options.all === true);
  noteIncomplete(terminal, report.incomplete);
  return report.incomplete.length > 0 ? EXIT.error : EXIT.ok;
}

function printPlan(terminal: Terminal, report: PlanReport, isAll: boolean): void {
  const { ignored, brake } = report;
  const items = report.items.filter(({ action }) => isAll || action !== 'keep');
  const now = new Date(report.at);
  if (items.length > 0) {
    terminal.table({
      header: ['ACTION', 'NAMESPACE', 'SECRET', 'ROLE', 'FOR', 'EXPIRES', 'WHY'],
      rows: items.map((item) => [
        styledAction(item),
        item.namespace,
        item.secret,
        item.role === '' ? '-' : item.role,
        requesterOf(item),
        formatUntil(item.expiresAt === undefined ? undefined : new Date(item.expiresAt), now),
        item.why,
      ]),
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
      text: `The removal brake is on: the sweep holds back the removal of ${heldBack} of ${managed} Secrets. Those that stay unused are removed from ${until} on, or when you confirm (invoke the sweep with {"pass": "sweep", "confirm": true}).`,
    });
  }
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
  const { cluster, pass, counts, ignored, incomplete } = report;
  const { keep, ...others } = counts;
  const actions = Object.entries(others)
    .filter(([, count]) => count > 0)
    .map(([action, count]) => `${count} to ${action}`);
  const hint = keep > 0 && !isAll ? ' (list them with --all)' : '';
  const prefix = incomplete.length > 0 ? 'Incomplete plan' : 'Plan';
  const changes = actions.length === 0 ? ['no changes'] : actions;
  const counted = [
    ...changes,
    `${keep} to keep${hint}`,
    ...(ignored.length === 0 ? [] : [`${ignored.length} ignored`]),
  ];
  return `${prefix} for the next ${pass} of cluster ${cluster}: ${counted.join(', ')}.`;
}
