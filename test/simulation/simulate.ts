/**
 * Simulates the product in virtual time: days of a cluster in seconds, with random faults from a seed. If a seed breaks a rule, it
 * prints the command that reproduces it and exits with code 1.
 *
 *     npm run simulate -- [--seeds 1] [--from 1] [--days 30] [--long-sessions]
 */
import { Command, InvalidArgumentError } from 'commander';
import { endWithNpm } from '../../tools/processes/end-with-parent.ts';
import { createTerminal, type Terminal } from '../../tools/terminal/terminal.ts';
import { type SeedResult, sumOf } from './run-seed.ts';
import { runSeeds } from './run-seeds.ts';

interface SimulateOptions {
  readonly seeds: number;
  readonly from: number;
  readonly days: number;
  readonly longSessions?: true;
}

/** Shorter simulations consist only of the time without faults at the end. */
const MIN_DAYS = 0.15;
const MIN_DAYS_OF_LONG_SESSIONS = 1;

/** Reports the progress after this number of seeds. */
const SEEDS_PER_LINE = 100;

const DESCRIPTION =
  "Runs the product's own code in virtual time, against a simulated cluster, STS and schedules. Each seed has its own workload, " +
  'faults and clock skew. Every change is checked: no Secret in use is deleted or expires, no session reaches another ' +
  'namespace, no foreign object is changed, no session is issued that is not allowed. In two of five worlds a tenant attacks the ' +
  'others, who must not notice it. After two hours without faults, the end state must be the same as without any fault.';

const AFTER = `
Examples:
  npm run simulate                                simulate thirty days of seed 1
  npm run simulate -- --seeds 1000 --days 0.5     simulate half a day of each of a thousand seeds
  npm run simulate -- --from 42 --days 7          simulate seven days of seed 42
  npm run simulate -- --days 5 --long-sessions    simulate five days with sessions of twelve hours

Exit codes:
  0  no seed broke a rule
  1  a seed broke a rule, or an error occurred
  2  usage error`;

const program = new Command('simulate')
  .description(DESCRIPTION)
  .option('--seeds <count>', 'number of seeds', wholeNumberFrom(1), 1)
  .option('--from <seed>', 'first seed', wholeNumberFrom(0), 1)
  .option('--days <days>', 'virtual days per seed, at least 0.15', days, 30)
  .option(
    '--long-sessions',
    'sessions of twelve hours, and outages of up to eleven; needs at least one day',
  )
  .addHelpText('after', AFTER)
  .exitOverride((error) => process.exit(error.exitCode === 0 ? 0 : 2))
  .action(async (options: SimulateOptions, command: Command) => {
    if (options.longSessions && options.days < MIN_DAYS_OF_LONG_SESSIONS) {
      command.error('error: --long-sessions needs --days 1 or more', { exitCode: 2 });
    }
    process.exitCode = await simulate(options, createTerminal());
  });

async function simulate(
  { seeds, from, days, longSessions }: SimulateOptions,
  terminal: Terminal,
): Promise<number> {
  const startedAt = performance.now();
  let done = 0;
  const onDone = () => {
    done += 1;
    if (done % SEEDS_PER_LINE === 0 && done < seeds) terminal.note(`${done} of ${seeds} seeds`);
  };
  const title = `simulating ${seeds} seed(s) of ${days} day(s)`;
  const results = await terminal.withSpinner(title, () =>
    runSeeds({ from, seeds, days, hasLongSessions: longSessions === true, onDone }),
  );
  const seconds = (performance.now() - startedAt) / 1_000;
  terminal.table({
    header: ['item', 'count'],
    rows: [
      ['seeds', `${results.length}`],
      ['virtual days', `${+(results.length * days).toFixed(2)}`],
      ...Object.entries(sumOf(results.map(({ counts }) => counts))).map(([item, count]) => [
        item,
        `${count}`,
      ]),
      ...extremesOf(results),
      ['seconds', seconds.toFixed(1)],
    ],
  });
  const broken = results.filter(({ violations }) => violations.length > 0);
  const sameWorld = `--days ${days}${longSessions ? ' --long-sessions' : ''}`;
  for (const result of broken) reportViolations(terminal, result, sameWorld);
  if (broken.length === 0 && seeds === 1) terminal.line(`digest ${results[0]?.digest}`);
  return broken.length === 0 ? 0 : 1;
}

/** Returns how much the product called in a minute, and how long pods waited for their credentials. */
function extremesOf(results: readonly SeedResult[]): readonly (readonly [string, string])[] {
  const peak = (service: 'api' | 'sts') =>
    `${results.reduce((max, { peaks }) => Math.max(max, peaks[service]), 0)}`;
  const waits = results.flatMap(({ latenesses }) => latenesses).toSorted((a, b) => a - b);
  return [
    ['API calls in a minute, at most', peak('api')],
    ['STS calls in a minute, at most', peak('sts')],
    ['wait without faults, p99 (ms)', `${waits[Math.floor(0.99 * (waits.length - 1))] ?? '-'}`],
  ];
}

function reportViolations(
  terminal: Terminal,
  { seed, violations, lastFacts }: SeedResult,
  sameWorld: string,
): void {
  terminal.line();
  terminal.line({ text: `seed ${seed} broke a rule`, style: 'red' });
  terminal.line(`to reproduce it: npm run simulate -- --from ${seed} ${sameWorld}`);
  for (const { invariant, at, object, explanation } of violations) {
    terminal.line(`${at.toISOString()} ${invariant}: ${object}: ${explanation}`);
  }
  terminal.line('last facts:');
  for (const fact of lastFacts) terminal.line(`  ${fact}`);
}

function wholeNumberFrom(min: number) {
  return (text: string): number => {
    const value = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN;
    if (value >= min) return value;
    throw new InvalidArgumentError(`It must be a whole number of at least ${min}.`);
  };
}

function days(text: string): number {
  const value = /^\d{1,4}(?:\.\d+)?$/.test(text) ? Number(text) : Number.NaN;
  if (value >= MIN_DAYS) return value;
  throw new InvalidArgumentError(`It must be a number of at least ${MIN_DAYS}.`);
}

endWithNpm();
await program.parseAsync();
