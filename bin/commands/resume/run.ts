import type { Terminal } from '../../../tools/terminal/terminal.ts';
import { type LocatedCluster, locatedCluster } from '../../cluster/named-cluster.ts';
import { printedCommand } from '../../cluster/printed-command.ts';
import { EXIT } from '../../exit-code.ts';
import { type FunctionConcurrency, setConcurrency, type Wanted } from '../../lambda/concurrency.ts';
import { connectFunctions } from '../../lambda/function-client.ts';
import { noteIgnored } from '../../lambda/note-ignored.ts';
import type { ClusterOptions } from '../../options/cluster-options.ts';
import type { OutputOptions } from '../../options/output-option.ts';

export interface ResumeOptions extends ClusterOptions, OutputOptions {}

/** Lets both functions run again, with the reserved concurrency that `cdk.json` says, and returns the exit code. */
export async function resumeFunctions(terminal: Terminal, options: ResumeOptions): Promise<number> {
  const cluster = await locatedCluster(options);
  const { clusterName, account, region, settings } = cluster;
  const isForPeople = options.output === 'table';
  noteIgnored(terminal, cluster);
  const { functions, failure } = await setConcurrency(
    connectFunctions(region),
    cluster,
    wantedBy(settings),
    (changed) => isForPeople && showResumed(terminal, changed),
  );
  const done = { cluster: clusterName, account, region, resumed: functions };
  if (failure !== undefined) {
    if (!isForPeople) terminal.json({ ...done, error: failure.message });
    throw failure;
  }
  if (settings === undefined && functions.some(({ before }) => before === 0)) {
    terminal.note(
      'Without a cdk.json no concurrency is reserved; if the stack reserves some, run this again where it is deployed from.',
    );
  }
  if (isForPeople) showConsequences(terminal, cluster);
  else terminal.json(done);
  return EXIT.ok;
}

/** Without a `cdk.json` nobody knows what is reserved: what is not paused keeps what it has. */
function wantedBy(settings: LocatedCluster['settings']): Wanted {
  if (settings === undefined) return (_, before) => (before === 0 ? undefined : before);
  return (name) => settings.reservedConcurrency?.[name];
}

function showResumed(
  terminal: Terminal,
  { functionName, before, after }: FunctionConcurrency,
): void {
  const reserved = `reserved concurrency: ${after ?? 'none'}`;
  if (before === 0)
    terminal.line({ text: `${functionName} runs again (${reserved})`, style: 'green' });
  else
    terminal.line(
      `${functionName} was not paused (${reserved}${before === after ? '' : `, was ${before ?? 'none'}`})`,
    );
}

function showConsequences(
  terminal: Terminal,
  { clusterName, region, settings }: LocatedCluster,
): void {
  terminal.line(
    'The next tick, within a minute, makes what pods wait for and renews what is due, what ends first before the rest; the ' +
      'next sweep comes within ten minutes. Hints of the forwarder from the pause are gone, which costs those pods that minute.',
  );
  const said = { cluster: clusterName, region, deployed: settings === undefined };
  // Doctor compares with a cdk.json, and needs one.
  const names = settings === undefined ? (['status'] as const) : (['doctor', 'status'] as const);
  const commands = names.map((name) => printedCommand({ name }, said)).join(', ');
  terminal.line(`To see that all is well: ${commands}`);
}
