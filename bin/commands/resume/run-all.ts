import type { Terminal } from '../../../tools/terminal/terminal.ts';
import { locateTargetCluster } from '../../cluster/target-cluster.ts';
import { reportFleet } from '../../fleet/fleet-report.ts';
import { fleetOf, forEachMember, inClusterOptions } from '../../fleet/run-fleet.ts';
import { type ResumeOptions, resumeIn } from './run.ts';

/** Resumes the refreshers of all clusters. Returns the exit code. */
export async function resumeAll(terminal: Terminal, options: ResumeOptions): Promise<number> {
  const members = fleetOf(options);
  const complete = inClusterOptions(options);
  const results = await forEachMember(terminal, 'Resuming', members, async (member) => {
    const cluster = await locateTargetCluster(member.options);
    const { functions, failure } = await resumeIn(cluster, await complete(member), () => undefined);
    if (failure !== undefined) throw failure;
    return { resumed: functions };
  });
  return reportFleet(terminal, options.output, results, {
    header: ['RESULT', 'FUNCTIONS'],
    row: ({ resumed }) => [
      resumed.some(({ before }) => before === 0) ? 'resumed' : 'was not paused',
      resumed.map(({ functionName }) => functionName).join(', '),
    ],
    isOk: () => true,
    notOk: 'are not resumed, or only in part; run resume again',
  });
}
