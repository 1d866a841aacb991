import type { Terminal } from '../../../tools/terminal/terminal.ts';
import { reportFleet } from '../../fleet/fleet-report.ts';
import { contextFinder, fleetOf, forEachMember } from '../../fleet/run-fleet.ts';
import { type DoctorOptions, diagnosisJson, examine } from './run.ts';

/** Examines all clusters and prints a line for each, with the problem to fix first. Returns the exit code. */
export async function runDoctorOnAll(terminal: Terminal, options: DoctorOptions): Promise<number> {
  const find = contextFinder(options);
  const results = await forEachMember(terminal, 'Examining', fleetOf(options), async (member) => {
    const found = await find(member);
    return diagnosisJson(await examine(found, (_, work) => work()));
  });
  return reportFleet(terminal, options.output, results, {
    header: ['RESULT', 'CHECKS', 'START WITH'],
    row: ({ ok, first, summary, checks }) => {
      const problem = checks.find(({ id }) => id === first);
      return [
        ok ? { text: 'ok', style: 'green' } : { text: 'FAILED', style: 'red' },
        summary,
        problem === undefined
          ? '-'
          : `${problem.title}: ${[problem.says, problem.remedy].filter(Boolean).join(' -> ')}`,
      ];
    },
    isOk: ({ ok }) => ok,
    notOk: 'have a problem (all checks of one: kube-aws-iam doctor --cluster NAME)',
  });
}
