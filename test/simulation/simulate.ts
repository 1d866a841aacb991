/**
 * The product in virtual time: months of a cluster's life in seconds, with everything that can go wrong, from a seed. Exit
 * code 1, and how to see it again, when something happened that never may.
 *
 *     npm run simulate -- [--seeds 1] [--from 1] [--days 30]
 */
import { Command, InvalidArgumentError } from 'commander';
import { createTerminal, type Terminal } from '../../tools/terminal/terminal.ts';
import { type SeedResult, sumOf } from './run-seed.ts';
import { runSeeds } from './run-seeds.ts';

interface SimulateOptions {
  readonly seeds: number;
  readonly from: number;
  readonly days: number;
}

/** Below it, nothing would happen before the calm at the end. */
const FEWEST_DAYS = 0.15;

/** A line in a pipe, so often. */
const SEEDS_OF_A_LINE = 100;

const DESCRIPTION =
  "Runs the product's own code against a simulated cluster, STS and schedule in virtual time. Each seed is another world: its " +
  'habits, its troubles, the clock of its functions. Every fact is judged: nothing in use is deleted or ends, nothing crosses ' +
  'namespaces, nothing foreign is touched, nothing is given that is not allowed, and after two calm hours all is as ' +
  'if nothing had happened.';

const AFTER = `
Examples:
  npm run simulate                                thirty days of seed 1
  npm run simulate -- --seeds 1000 --days 0.5     half a day of each of a thousand seeds
  npm run simulate -- --from 42 --days 7          seven days of seed 42

Exit codes:
  0  no seed broke a rule
  1  one did, or an error
  2  it was called wrongly`;

const program = new Command('simulate')
  .description(DESCRIPTION)
  .option('--seeds <count>', 'how many seeds', wholeFrom(1), 1)
  .option('--from <seed>', 'the first of them', wholeFrom(0), 1)
  .option('--days <days>', 'virtual days of each, from 0.15', days, 30)
  .addHelpText('after', AFTER)
  .exitOverride((error) => process.exit(error.exitCode === 0 ? 0 : 2))
  .action(async (options: SimulateOptions) => {
    process.exitCode = await simulate(options, createTerminal());
  });

async function simulate(
  { seeds, from, days }: SimulateOptions,
  terminal: Terminal,
): Promise<number> {
  const startedAt = performance.now();
  let done = 0;
  const onDone = () => {
    done += 1;
    if (done % SEEDS_OF_A_LINE === 0 && done < seeds) terminal.note(`${done} of ${seeds} seeds`);
  };
  const title = `simulating ${seeds} seed(s) of ${days} day(s)`;
  const results = await terminal.withSpinner(title, () => runSeeds({ from, seeds, days, onDone }));
  const seconds = (performance.now() - startedAt) / 1_000;
  terminal.table({
    header: ['what', 'count'],
    rows: [
      ['seeds', `${results.length}`],
      ['virtual days', `${+(results.length * days).toFixed(2)}`],
      ...Object.entries(sumOf(results.map(({ counts }) => counts))).map(([what, count]) => [
        what,
        `${count}`,
      ]),
      ['seconds', seconds.toFixed(1)],
    ],
  });
  const broken = results.filter(({ violations }) => violations.length > 0);
  for (const result of broken) tellBroken(terminal, result, days);
  if (broken.length === 0 && seeds === 1) terminal.line(`digest ${results[0]?.digest}`);
  return broken.length === 0 ? 0 : 1;
}

function tellBroken(
  terminal: Terminal,
  { seed, violations, lastFacts }: SeedResult,
  days: number,
): void {
  terminal.line();
  terminal.line({ text: `seed ${seed} broke a rule`, style: 'red' });
  terminal.line(`to see it again: npm run simulate -- --from ${seed} --days ${days}`);
  for (const { invariant, at, object, explanation } of violations) {
    terminal.line(`${at.toISOString()} ${invariant}: ${object}: ${explanation}`);
  }
  terminal.line('what happened last:');
  for (const fact of lastFacts) terminal.line(`  ${fact}`);
}

function wholeFrom(least: number) {
  return (text: string): number => {
    const value = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN;
    if (value >= least) return value;
    throw new InvalidArgumentError(`it has to be a whole number from ${least}.`);
  };
}

function days(text: string): number {
  const value = /^\d{1,4}(?:\.\d+)?$/.test(text) ? Number(text) : Number.NaN;
  if (value >= FEWEST_DAYS) return value;
  throw new InvalidArgumentError(`it has to be a number from ${FEWEST_DAYS}.`);
}

await program.parseAsync();
