import { alarmNameOf } from '../../infra/names.ts';
import type { ClusterOptions } from '../cluster/cluster-options.ts';
import { type NamedCluster, namedCluster } from '../cluster/named-cluster.ts';
import { EXIT } from '../exit-code.ts';
import { connectFunctions } from '../functions/function-client.ts';
import type { KubernetesOptions } from '../kubernetes/kubernetes-options.ts';
import type { OutputOptions } from '../screen/output-option.ts';
import type { Screen } from '../screen/screen.ts';
import { type FunctionConcurrency, setConcurrency } from './concurrency.ts';
import type { Confirm } from './confirm.ts';
import { type CredentialsLeft, credentialsLeft } from './credentials-left.ts';

export interface PauseOptions extends ClusterOptions, KubernetesOptions, OutputOptions {
  /** Do not ask. */
  readonly yes?: boolean;
}

/** Keeps both functions from running, once `confirm` says so, and returns the exit code. */
export async function pauseFunctions(
  screen: Screen,
  options: PauseOptions,
  confirm: Confirm,
): Promise<number> {
  const cluster = await namedCluster(options);
  const isForPeople = options.output === 'table';
  const left = await screen.during('Look at the credentials in use', () =>
    credentialsLeft({
      ...options,
      region: cluster.region,
      // Without settings the functions themselves say what they look at.
      deployed: cluster.settings === undefined,
    }),
  );
  if (isForPeople) screen.line(shownLeft(left));
  if (!(await confirm(`Pause the functions of cluster ${cluster.clusterName}?`))) {
    screen.note('Nothing was changed.');
    return EXIT.wrong;
  }
  const paused = await setConcurrency(
    connectFunctions(cluster.region),
    cluster.clusterName,
    { refresh: 0, sweep: 0 },
    (changed) => isForPeople && showPaused(screen, changed),
  );
  if (isForPeople) showConsequences(screen, cluster);
  else screen.json({ cluster: cluster.clusterName, paused, credentials: left });
  return EXIT.ok;
}

function shownLeft(left: CredentialsLeft): string {
  if ('unknown' in left) {
    return `How long the credentials in use last could not be seen: ${left.unknown}. A session lasts an hour at most.`;
  }
  const { context, secrets, firstEndsAt, lastEndsAt } = left;
  return firstEndsAt === undefined
    ? `Secrets in use (context "${context}"): none.`
    : `Secrets in use (context "${context}"): ${secrets}. Their credentials end from ${firstEndsAt} to ${lastEndsAt}, unless the functions resume before.`;
}

function showPaused(screen: Screen, { functionName, before, after }: FunctionConcurrency): void {
  screen.line(
    before === after
      ? `${functionName} was paused already`
      : { text: `${functionName} is paused`, style: 'yellow' },
  );
}

function showConsequences(screen: Screen, { clusterName }: NamedCluster): void {
  const alarm = (id: string) => alarmNameOf(clusterName, 'page', id);
  const words = [
    'No Secret is made, renewed or removed any more; a run that is under way ends first. Pods whose Secret is not there yet wait.',
    `Alarms will fire: ${alarm('refresh-stopped')} after five minutes, ${alarm('sweep-stopped')} after half an hour.`,
    `To go on: kube-aws-iam resume --cluster ${clusterName}`,
  ];
  for (const line of words) screen.line(line);
}
