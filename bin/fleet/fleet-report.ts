import type { Cell } from '../../tools/terminal/table.ts';
import type { Terminal } from '../../tools/terminal/terminal.ts';
import { EXIT } from '../exit-code.ts';
import type { FleetResult } from './run-fleet.ts';

/** How a command reports the clusters that it worked on. */
export interface FleetReport<T> {
  /** Columns of the table, after CLUSTER. */
  readonly header: readonly string[];
  /** The cells of a cluster, after its name. */
  readonly row: (value: T) => readonly Cell[];
  /** Whether everything is as it should be. */
  readonly isOk: (value: T) => boolean;
  /** Completes "3 of 200 clusters …" for the clusters that are not. */
  readonly notOk: string;
}

/**
 * Prints a table with a row for each cluster, the failed ones first, or one JSON document. Returns the exit code: 1 when a cluster
 * failed or is not as it should be.
 */
export function reportFleet<T extends object>(
  terminal: Terminal,
  output: 'table' | 'json',
  results: readonly FleetResult<T>[],
  report: FleetReport<T>,
): number {
  const isFailed = (one: FleetResult<T>) => one.error !== undefined || !report.isOk(one.value);
  const failed = results.filter(isFailed);
  if (output === 'json') {
    terminal.json({
      clusters: results.map((one) => jsonOf(one)),
      summary: { clusters: results.length, failed: failed.length },
    });
  } else {
    const others = results.filter((one) => !isFailed(one));
    terminal.table({
      header: ['CLUSTER', ...report.header],
      rows: [...failed, ...others].map((one) => [one.member.label, ...cellsOf(one, report)]),
    });
    terminal.line();
    terminal.line(`${failed.length} of ${results.length} clusters ${report.notOk}.`);
  }
  return failed.length > 0 ? EXIT.error : EXIT.ok;
}

function jsonOf<T extends object>({ member, ...result }: FleetResult<T>): object {
  const { clusterName, region, account } = member.settings;
  return {
    cluster: clusterName,
    region,
    account,
    ...(result.error === undefined ? result.value : { error: result.error }),
  };
}

function cellsOf<T>(one: FleetResult<T>, { header, row }: FleetReport<T>): readonly Cell[] {
  if (one.error === undefined) return row(one.value);
  const empty = header.slice(2).map(() => '-');
  return [{ text: 'FAILED', style: 'red' }, ...empty, one.error];
}

/** Maximum number of rows of one cluster, so that it does not hide others. */
const MAX_ROWS = 20;

/** Prints the details of all clusters in one table, and how many were left out of it. */
export function printDetails<T, Item>(
  terminal: Terminal,
  header: readonly string[],
  results: readonly FleetResult<T>[],
  itemsOf: (value: T) => readonly Item[],
  row: (item: Item, value: T) => readonly Cell[],
): void {
  const found = results.flatMap((one) =>
    one.error === undefined
      ? [{ label: one.member.label, value: one.value, items: itemsOf(one.value) }]
      : [],
  );
  const rows = found.flatMap(({ label, value, items }) =>
    items.slice(0, MAX_ROWS).map((item) => [label, ...row(item, value)]),
  );
  if (rows.length === 0) return;
  terminal.table({ header: ['CLUSTER', ...header], rows });
  for (const { label, items } of found) {
    const omitted = items.length - MAX_ROWS;
    if (omitted > 0) terminal.line(`and ${omitted} more in cluster ${label} (all: --output json)`);
  }
  terminal.line();
}
