import { alarmNameOf } from '../../../infra/names.ts';
import type { Terminal } from '../../../tools/terminal/terminal.ts';
import { suggestCommand } from '../../cluster/suggested-command.ts';
import {
  type LocatedCluster,
  locateTargetCluster,
  noteIgnoredCdkJson,
} from '../../cluster/target-cluster.ts';
import { EXIT } from '../../exit-code.ts';
import { inLambdaOrCluster } from '../../in-cluster/in-lambda-or-cluster.ts';
import { DEPLOYMENT_NAME, pauseDeployment } from '../../in-cluster/scale-deployment.ts';
import { createLambdaClient } from '../../lambda/call-lambda.ts';
import {
  type ConcurrencyChange,
  type FunctionConcurrency,
  setConcurrency,
} from '../../lambda/concurrency.ts';
import type { ClusterOptions } from '../../options/cluster-options.ts';
import type { FleetOptions } from '../../options/fleet-options.ts';
import type { KubeconfigOptions } from '../../options/kubeconfig-options.ts';
import type { OutputOptions } from '../../options/output-option.ts';
import type { Confirm } from './confirm.ts';
import { type RemainingCredentials, readRemainingCredentials } from './remaining-credentials.ts';

export interface PauseOptions
  extends ClusterOptions,
    FleetOptions,
    KubeconfigOptions,
    OutputOptions {
  /** Do not ask for confirmation. */
  readonly yes?: boolean;
}

/**
 * Stops the refresher after confirmation. Returns the exit code. The user sees the consequences before the question;
 * with `--yes` it is paused first, because the cluster itself may be the problem.
 */
export async function pauseFunctions(
  terminal: Terminal,
  options: PauseOptions,
  confirm: Confirm,
): Promise<number> {
  const cluster = await locateTargetCluster(options);
  const { clusterName, account, region } = cluster;
  const isTable = options.output === 'table';
  noteIgnoredCdkJson(terminal, cluster);
  const shown = options.yes === true ? undefined : await showRemaining(terminal, options, cluster);
  const question = `Pause the refresher of cluster ${clusterName} (${region}, account ${account})?`;
  if (!(await confirm(question))) {
    terminal.note('Nothing was changed.');
    return EXIT.error;
  }
  const { functions, failure } = await pauseIn(
    cluster,
    options,
    (changed) => isTable && printPaused(terminal, changed),
  );
  const report = { cluster: clusterName, account, region, paused: functions };
  if (failure !== undefined) {
    if (!isTable) terminal.json({ ...report, error: failure.message });
    throw failure;
  }
  const credentials = shown ?? (await showRemaining(terminal, options, cluster));
  if (isTable) printConsequences(terminal, cluster, options, functions);
  else terminal.json({ ...report, credentials });
  return EXIT.ok;
}

/** Stops the refresher of a cluster: its functions, or its Deployment in the cluster. */
export function pauseIn(
  cluster: LocatedCluster,
  options: PauseOptions,
  onPaused: (changed: FunctionConcurrency) => void,
): Promise<ConcurrencyChange> {
  const { region, account } = cluster;
  return inLambdaOrCluster(
    cluster,
    () => {
      const lambda = createLambdaClient(region, { account, roleName: options.roleName });
      return setConcurrency(lambda, cluster, () => 0, onPaused);
    },
    () => pauseDeployment({ cluster, options, onChanged: onPaused }),
  );
}

async function showRemaining(
  terminal: Terminal,
  options: PauseOptions,
  { region, settings }: LocatedCluster,
): Promise<RemainingCredentials> {
  // Without settings the configuration is read from the deployed function.
  const target = { ...options, region, deployed: settings === undefined };
  const remaining = await terminal.withSpinner('Reading the credentials in use', () =>
    readRemainingCredentials(target),
  );
  if (options.output === 'table') terminal.line(describeRemaining(remaining));
  return remaining;
}

function describeRemaining(remaining: RemainingCredentials): string {
  if ('unknown' in remaining) {
    return `The expiry of the credentials in use is unknown: ${remaining.unknown.replace(/\.$/, '')}. A session lasts one hour at most, or as long as the setting "sessions" says.`;
  }
  const { context, secrets, firstEndsAt, lastEndsAt } = remaining;
  return firstEndsAt === undefined
    ? `Secrets in use (context "${context}"): none.`
    : `Secrets in use (context "${context}"): ${secrets}. Unless the refresher is resumed, their credentials expire from ${firstEndsAt} to ${lastEndsAt}.`;
}

function printPaused(
  terminal: Terminal,
  { functionName, before, after }: FunctionConcurrency,
): void {
  terminal.line(
    before === after
      ? `${functionName} was already paused`
      : { text: `${functionName} is paused`, style: 'yellow' },
  );
}

function printConsequences(
  terminal: Terminal,
  { clusterName, region }: LocatedCluster,
  options: PauseOptions,
  paused: readonly FunctionConcurrency[],
): void {
  const isInCluster = paused.some(({ functionName }) => functionName === DEPLOYMENT_NAME);
  const alarm = (id: string) => alarmNameOf(clusterName, 'page', id);
  const lines = [
    `No Secret is created, renewed or removed until you resume; ${isInCluster ? 'its pods end within seconds' : 'invocations in progress still finish'}. Pods whose Secret does not exist wait.`,
    ...(isInCluster
      ? [
          "The refresher's own credentials are not renewed either: if it runs on a Secret and the pause lasts longer than an hour, run kube-aws-iam seed before you resume.",
        ]
      : []),
    `Alarms will fire: ${alarm('refresh-stopped')} after five minutes, ${alarm('sweep-stopped')} after half an hour.`,
    `To resume: ${suggestCommand({ name: 'resume' }, { ...options, cluster: clusterName, region })}`,
  ];
  for (const line of lines) terminal.line(line);
}
