import type { Terminal } from '../../../tools/terminal/terminal.ts';
import { locateTargetCluster } from '../../cluster/target-cluster.ts';
import { EXIT } from '../../exit-code.ts';
import { reportFleet } from '../../fleet/fleet-report.ts';
import { fleetOf, forEachMember, inClusterOptions } from '../../fleet/run-fleet.ts';
import type { Confirm } from './confirm.ts';
import { type PauseOptions, pauseIn } from './run.ts';

/**
 * Stops the refreshers of all clusters, after one confirmation of the whole list. Returns the exit code. It reads no cluster: that
 * would take minutes, and a pause may be urgent.
 */
export async function pauseAll(
  terminal: Terminal,
  options: PauseOptions,
  confirm: Confirm,
): Promise<number> {
  const members = fleetOf(options);
  if (options.yes !== true) {
    for (const { label, settings } of members) {
      const { region = '-', account = '-' } = settings;
      terminal.note(`  ${label}  ${region}  ${account}`);
    }
  }
  if (!(await confirm(`Pause the refreshers of these ${members.length} clusters?`))) {
    terminal.note('Nothing was changed.');
    return EXIT.error;
  }
  const complete = inClusterOptions(options);
  const results = await forEachMember(terminal, 'Pausing', members, async (member) => {
    const cluster = await locateTargetCluster(member.options);
    const { functions, failure } = await pauseIn(cluster, await complete(member), () => undefined);
    if (failure !== undefined) throw failure;
    return { paused: functions };
  });
  const code = reportFleet(terminal, options.output, results, {
    header: ['RESULT', 'FUNCTIONS'],
    row: ({ paused }) => [
      paused.every(({ before }) => before === 0) ? 'was already paused' : 'paused',
      paused.map(({ functionName }) => functionName).join(', '),
    ],
    isOk: () => true,
    notOk: 'are not paused, or only in part; run pause again',
  });
  if (options.output === 'table') {
    terminal.line(
      'No Secret is created, renewed or removed in paused clusters until you resume; credentials in use expire within their session. To resume: kube-aws-iam resume --all-clusters',
    );
  }
  return code;
}
