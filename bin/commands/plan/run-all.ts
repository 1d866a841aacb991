import type { Terminal } from '../../../tools/terminal/terminal.ts';
import { withCluster } from '../../cluster/with-cluster.ts';
import { printDetails, reportFleet } from '../../fleet/fleet-report.ts';
import { contextFinder, fleetOf, forEachMember } from '../../fleet/run-fleet.ts';
import { countsText, HEADER, type PlanOptions, readPlan, rowOf, shownItems } from './run.ts';

/** Shows what a pass would do in all clusters. Returns the exit code. */
export async function showPlanOfAll(terminal: Terminal, options: PlanOptions): Promise<number> {
  const find = contextFinder(options);
  const results = await forEachMember(terminal, 'Reading', fleetOf(options), async (member) =>
    withCluster(await find(member), (cluster) => readPlan(cluster, options.pass)),
  );
  if (options.output === 'table') {
    printDetails(
      terminal,
      HEADER,
      results,
      (report) => shownItems(report, options.all === true),
      (item, { at }) => rowOf(item, new Date(at)),
    );
  }
  return reportFleet(terminal, options.output, results, {
    header: ['RESULT', 'CONTEXT', 'PLAN'],
    row: (report) => [
      report.incomplete.length > 0 ? { text: 'incomplete', style: 'red' } : 'read',
      report.context,
      [
        countsText(report),
        ...(report.brake === undefined ? [] : ['the removal brake is on']),
        ...report.incomplete,
      ].join('; '),
    ],
    isOk: ({ incomplete }) => incomplete.length === 0,
    notOk: 'could not be read completely',
  });
}
