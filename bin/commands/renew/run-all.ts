import type { Terminal } from '../../../tools/terminal/terminal.ts';
import { reportFleet } from '../../fleet/fleet-report.ts';
import { fleetOf, forEachMember, inClusterOptions } from '../../fleet/run-fleet.ts';
import { isComplete } from './renewal-report.ts';
import { DELIVERY, type RenewOptions, renewIn } from './run.ts';

/** Renews all credentials of a role in all clusters. Returns the exit code. */
export async function renewRoleInAll(terminal: Terminal, options: RenewOptions): Promise<number> {
  const complete = inClusterOptions(options);
  const results = await forEachMember(terminal, 'Renewing in', fleetOf(options), async (member) =>
    renewIn({ ...(await complete(member)), ...member.options }),
  );
  const code = reportFleet(terminal, options.output, results, {
    header: ['RENEWED', 'NOT RENEWED', 'WHY'],
    row: (report) => [
      String(report.renewed),
      report.notRenewed.length === 0
        ? '0'
        : { text: String(report.notRenewed.length), style: isComplete(report) ? 'yellow' : 'red' },
      report.notRenewed
        .map(({ namespace, secret, reason }) => `${namespace}/${secret}: ${reason}`)
        .slice(0, MAX_REASONS)
        .join('; ') || '-',
    ],
    isOk: isComplete,
    notOk: 'have credentials that were not renewed; fix the causes and run renew again',
  });
  if (options.output === 'table') terminal.line(DELIVERY);
  return code;
}

/** The others are in the JSON output. */
const MAX_REASONS = 3;
