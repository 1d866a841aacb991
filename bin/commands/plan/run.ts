import { shownName } from '../../../lambda/report/change-log.ts';
import { formatUntil } from '../../../tools/terminal/format-duration.ts';
import type { Terminal } from '../../../tools/terminal/terminal.ts';
import { EXIT } from '../../exit-code.ts';
import { withCluster } from '../../kubeconfig/with-cluster.ts';
import type { ConfigOptions } from '../../options/cluster-options.ts';
import type { KubernetesOptions } from '../../options/kubeconfig-options.ts';
import type { OutputOptions } from '../../options/output-option.ts';
import { noteIncomplete } from '../../planning/note-incomplete.ts';
import { type PlannedPass, planPass } from '../../planning/plan-pass.ts';
import { type PlanReport, planReport } from './plan-report.ts';
import type { PlannedItem } from './planned-item.ts';

export interface PlanOptions extends ConfigOptions, KubernetesOptions, OutputOptions {
  readonly pass: PlannedPass;
  /** Whether what stays as it is is listed too. */
  readonly all?: boolean;
}

/** Shows what a pass would do now, and returns the exit code: 1 when it could not see everything. */
export async function showPlan(terminal: Terminal, options: PlanOptions): Promise<number> {
  const { pass } = options;
  const report = await terminal.withSpinner('Look at the cluster', () =>
    withCluster(options, async (cluster) => {
      const run = await planPass(cluster, { pass, scope: cluster.config.scope });
      return planReport(cluster, pass, run);
    }),
  );
  if (options.output === 'json') terminal.json(report);
  else printPlan(terminal, report, options.all === true);
  noteIncomplete(terminal, report.incomplete);
  return report.incomplete.length > 0 ? EXIT.wrong : EXIT.ok;
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
        whoFor(item),
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
        shownName(secret),
        namespace,
        pod,
        why,
      ]),
    });
    terminal.line();
  }
  terminal.line(summary(report, isAll));
  if (brake !== undefined) {
    const { toMark, toRemove, managed } = brake;
    terminal.line({
      style: 'yellow',
      text: `The removal brake is on: it would mark ${toMark} and remove ${toRemove} of ${managed} Secrets, so it keeps them all until a person says that this is right ({"pass": "sweep", "confirm": true}).`,
    });
  }
}

function styledAction({ action }: PlannedItem) {
  if (action === 'refuse') return { text: action, style: 'red' } as const;
  return action === 'defer' || action === 'remove'
    ? ({ text: action, style: 'yellow' } as const)
    : action;
}

function whoFor({ pod, awsIamRole }: PlannedItem): string {
  if (awsIamRole !== undefined) return `AWSIAMRole ${awsIamRole}`;
  return pod === undefined ? '-' : `pod ${pod}`;
}

function summary(report: PlanReport, isAll: boolean): string {
  const { cluster, pass, counts, ignored, incomplete } = report;
  const { keep, ...others } = counts;
  const done = Object.entries(others)
    .filter(([, count]) => count > 0)
    .map(([action, count]) => `${action} ${count}`);
  const would = done.length === 0 ? 'do nothing' : done.join(', ');
  const kept = keep > 0 && !isAll ? `${keep} (listed with --all)` : `${keep}`;
  const which = incomplete.length > 0 ? 'Of what could be read, a' : 'A';
  return `${which} ${pass} of cluster ${cluster} would now ${would}; it keeps ${kept}, and ignores ${ignored.length} mount${ignored.length === 1 ? '' : 's'}.`;
}
