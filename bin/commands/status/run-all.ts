import type { Terminal } from '../../../tools/terminal/terminal.ts';
import { withCluster } from '../../cluster/with-cluster.ts';
import { printDetails, reportFleet } from '../../fleet/fleet-report.ts';
import { contextFinder, fleetOf, forEachMember } from '../../fleet/run-fleet.ts';
import { countsText, HEADER, rowOf, type StatusOptions, statusReport } from './run.ts';
import type { SecretState } from './secret-status.ts';

/** States that nobody has to look at: what they wait for happens by itself. */
const HARMLESS: ReadonlySet<SecretState> = new Set(['due', 'unused', 'ok']);

/** Shows the Secrets of all clusters that are not as they should be. Returns the exit code. */
export async function showStatusOfAll(terminal: Terminal, options: StatusOptions): Promise<number> {
  const find = contextFinder(options);
  const results = await forEachMember(terminal, 'Reading', fleetOf(options), async (member) =>
    withCluster(await find(member), (cluster) => statusReport(cluster, {})),
  );
  if (options.output === 'table') {
    printDetails(
      terminal,
      HEADER,
      results,
      ({ secrets }) => secrets.filter(({ state }) => !HARMLESS.has(state)),
      (secret, { at }) => rowOf(secret, new Date(at)),
    );
  }
  return reportFleet(terminal, options.output, results, {
    header: ['RESULT', 'CONTEXT', 'SECRETS'],
    row: ({ context, counts, incomplete }) => [
      incomplete.length > 0 ? { text: 'incomplete', style: 'red' } : 'read',
      context,
      [countsText(counts) || 'none', ...incomplete].join('; '),
    ],
    isOk: ({ incomplete }) => incomplete.length === 0,
    notOk: 'could not be read completely',
  });
}
