import {
  DEFAULT_RESERVED_CONCURRENCY,
  reservedConcurrencyOf,
} from '../../../infra/settings/schema/deployment.ts';
import type { Terminal } from '../../../tools/terminal/terminal.ts';
import { suggestCommand } from '../../cluster/suggested-command.ts';
import {
  type LocatedCluster,
  locateTargetCluster,
  noteIgnoredCdkJson,
} from '../../cluster/target-cluster.ts';
import { EXIT } from '../../exit-code.ts';
import { inLambdaOrCluster } from '../../in-cluster/in-lambda-or-cluster.ts';
import { DEPLOYMENT_NAME, resumeDeployment } from '../../in-cluster/scale-deployment.ts';
import { createLambdaClient } from '../../lambda/call-lambda.ts';
import {
  type ChooseConcurrency,
  type ConcurrencyChange,
  type FunctionConcurrency,
  setConcurrency,
} from '../../lambda/concurrency.ts';
import type { ClusterOptions } from '../../options/cluster-options.ts';
import type { FleetOptions } from '../../options/fleet-options.ts';
import type { KubeconfigOptions } from '../../options/kubeconfig-options.ts';
import type { OutputOptions } from '../../options/output-option.ts';

export interface ResumeOptions
  extends ClusterOptions,
    FleetOptions,
    KubeconfigOptions,
    OutputOptions {}

/** Resumes the refresher with the reserved concurrency of `cdk.json`, or its replicas. Returns the exit code. */
export async function resumeFunctions(terminal: Terminal, options: ResumeOptions): Promise<number> {
  const cluster = await locateTargetCluster(options);
  const { clusterName, account, region, settings } = cluster;
  const isTable = options.output === 'table';
  noteIgnoredCdkJson(terminal, cluster);
  const { functions, failure } = await resumeIn(
    cluster,
    options,
    (changed) => isTable && printResumed(terminal, changed),
  );
  const report = { cluster: clusterName, account, region, resumed: functions };
  if (failure !== undefined) {
    if (!isTable) terminal.json({ ...report, error: failure.message });
    throw failure;
  }
  const isInCluster = functions.some(({ functionName }) => functionName === DEPLOYMENT_NAME);
  if (settings === undefined && !isInCluster && functions.some(({ before }) => before === 0)) {
    terminal.note(
      'Without a cdk.json, the functions get the reserved concurrency of the default settings. If the stack sets another, run resume again in the folder from which you deploy it.',
    );
  }
  if (isTable) printConsequences(terminal, cluster, options, isInCluster);
  else terminal.json(report);
  return EXIT.ok;
}

/** Resumes the refresher of a cluster: its functions, or its Deployment in the cluster. */
export function resumeIn(
  cluster: LocatedCluster,
  options: ResumeOptions,
  onResumed: (changed: FunctionConcurrency) => void,
): Promise<ConcurrencyChange> {
  const { region, account, settings } = cluster;
  return inLambdaOrCluster(
    cluster,
    () => {
      const lambda = createLambdaClient(region, { account, roleName: options.roleName });
      return setConcurrency(lambda, cluster, concurrencyOf(settings), onResumed);
    },
    () => resumeDeployment({ cluster, options, onChanged: onResumed }),
  );
}

/** Without a `cdk.json` the configured concurrency is unknown, so a function that is not paused keeps its own. */
function concurrencyOf(settings: LocatedCluster['settings']): ChooseConcurrency {
  const { reservedConcurrency = DEFAULT_RESERVED_CONCURRENCY } = settings ?? {};
  return (name, before) =>
    settings === undefined && before !== 0
      ? before
      : reservedConcurrencyOf(reservedConcurrency, name);
}

function printResumed(
  terminal: Terminal,
  { functionName, before, after }: FunctionConcurrency,
): void {
  const what = functionName === DEPLOYMENT_NAME ? 'replicas' : 'reserved concurrency';
  const reserved = `${what}: ${after ?? 'none'}`;
  if (before === 0) {
    terminal.line({ text: `${functionName} is resumed (${reserved})`, style: 'green' });
  } else {
    const change = before === after ? '' : `, was ${before ?? 'none'}`;
    terminal.line(`${functionName} was not paused (${reserved}${change})`);
  }
}

function printConsequences(
  terminal: Terminal,
  { clusterName, region, settings }: LocatedCluster,
  options: ResumeOptions,
  isInCluster: boolean,
): void {
  terminal.line(
    `The next refresh, ${isInCluster ? 'once a pod has started' : 'within a minute'}, creates missing Secrets and renews due ones in order of expiry. The next sweep follows ` +
      `within ten minutes. ${isInCluster ? 'Its pod starts only if its own credentials have not expired: otherwise run kube-aws-iam seed first.' : 'Pod events sent during the pause are lost, so those pods wait for the refresh.'}`,
  );
  const target = { ...options, cluster: clusterName, region, deployed: settings === undefined };
  // Doctor needs a cdk.json to compare with.
  const names = settings === undefined ? (['status'] as const) : (['doctor', 'status'] as const);
  const commands = names.map((name) => suggestCommand({ name }, target)).join(', ');
  terminal.line(`To verify: ${commands}`);
}
