import { alarmNameOf } from '../../../infra/names.ts';
import type { Terminal } from '../../../tools/terminal/terminal.ts';
import { type LocatedCluster, locatedCluster } from '../../cluster/named-cluster.ts';
import { printedCommand } from '../../cluster/printed-command.ts';
import { EXIT } from '../../exit-code.ts';
import { type FunctionConcurrency, setConcurrency } from '../../lambda/concurrency.ts';
import { connectFunctions } from '../../lambda/function-client.ts';
import { noteIgnored } from '../../lambda/note-ignored.ts';
import type { ClusterOptions } from '../../options/cluster-options.ts';
import type { KubernetesOptions } from '../../options/kubeconfig-options.ts';
import type { OutputOptions } from '../../options/output-option.ts';
import type { Confirm } from './confirm.ts';
import { type CredentialsLeft, credentialsLeft } from './credentials-left.ts';

export interface PauseOptions extends ClusterOptions, KubernetesOptions, OutputOptions {
  /** Do not ask. */
  readonly yes?: boolean;
}

/**
 * Keeps both functions from running, once `confirm` says so, and returns the exit code. A person who is asked is told
 * first what there is to lose; with `--yes` the functions are paused first, for the cluster may be what is in trouble.
 */
export async function pauseFunctions(
  terminal: Terminal,
  options: PauseOptions,
  confirm: Confirm,
): Promise<number> {
  const cluster = await locatedCluster(options);
  const { clusterName, account, region } = cluster;
  const isForPeople = options.output === 'table';
  noteIgnored(terminal, cluster);
  const told = options.yes === true ? undefined : await lookAndTell(terminal, options, cluster);
  const question = `Pause the functions of cluster ${clusterName} in ${region} of account ${account}?`;
  if (!(await confirm(question))) {
    terminal.note('Nothing was changed.');
    return EXIT.wrong;
  }
  const { functions, failure } = await setConcurrency(
    connectFunctions(region),
    cluster,
    () => 0,
    (changed) => isForPeople && showPaused(terminal, changed),
  );
  const done = { cluster: clusterName, account, region, paused: functions };
  if (failure !== undefined) {
    if (!isForPeople) terminal.json({ ...done, error: failure.message });
    throw failure;
  }
  const credentials = told ?? (await lookAndTell(terminal, options, cluster));
  if (isForPeople) showConsequences(terminal, cluster);
  else terminal.json({ ...done, credentials });
  return EXIT.ok;
}

async function lookAndTell(
  terminal: Terminal,
  options: PauseOptions,
  { region, settings }: LocatedCluster,
): Promise<CredentialsLeft> {
  // Without settings the functions themselves say what they look at.
  const config = { ...options, region, deployed: settings === undefined };
  const left = await terminal.withSpinner('Look at the credentials in use', () =>
    credentialsLeft(config),
  );
  if (options.output === 'table') terminal.line(shownLeft(left));
  return left;
}

function shownLeft(left: CredentialsLeft): string {
  if ('unknown' in left) {
    return `How long the credentials in use last could not be seen: ${left.unknown.replace(/\.$/, '')}. A session lasts an hour at most.`;
  }
  const { context, secrets, firstEndsAt, lastEndsAt } = left;
  return firstEndsAt === undefined
    ? `Secrets in use (context "${context}"): none.`
    : `Secrets in use (context "${context}"): ${secrets}. Their credentials end from ${firstEndsAt} to ${lastEndsAt}, unless the functions resume before.`;
}

function showPaused(
  terminal: Terminal,
  { functionName, before, after }: FunctionConcurrency,
): void {
  terminal.line(
    before === after
      ? `${functionName} was paused already`
      : { text: `${functionName} is paused`, style: 'yellow' },
  );
}

function showConsequences(terminal: Terminal, { clusterName, region }: LocatedCluster): void {
  const alarm = (id: string) => alarmNameOf(clusterName, 'page', id);
  const words = [
    'No Secret is made, renewed or removed any more; a run that is under way ends first. Pods whose Secret is not there yet wait.',
    `Alarms will fire: ${alarm('refresh-stopped')} after five minutes, ${alarm('sweep-stopped')} after half an hour.`,
    `To go on: ${printedCommand({ name: 'resume' }, { cluster: clusterName, region })}`,
  ];
  for (const line of words) terminal.line(line);
}
