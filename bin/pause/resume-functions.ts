import type { ClusterOptions } from '../cluster/cluster-options.ts';
import { namedCluster } from '../cluster/named-cluster.ts';
import { EXIT } from '../exit-code.ts';
import { connectFunctions } from '../functions/function-client.ts';
import type { OutputOptions } from '../screen/output-option.ts';
import type { Screen } from '../screen/screen.ts';
import { type FunctionConcurrency, setConcurrency } from './concurrency.ts';

export interface ResumeOptions extends ClusterOptions, OutputOptions {}

/** Lets both functions run again, with the reserved concurrency that `cdk.json` says, and returns the exit code. */
export async function resumeFunctions(screen: Screen, options: ResumeOptions): Promise<number> {
  const { clusterName, region, settings } = await namedCluster(options);
  const isForPeople = options.output === 'table';
  const resumed = await setConcurrency(
    connectFunctions(region),
    clusterName,
    settings?.reservedConcurrency ?? {},
    (changed) => isForPeople && showResumed(screen, changed),
  );
  if (settings === undefined) {
    screen.note(
      'There is no cdk.json here, so no concurrency is reserved; if the stack reserves some, run this again where it is deployed from.',
    );
  }
  if (isForPeople) showConsequences(screen);
  else screen.json({ cluster: clusterName, resumed });
  return EXIT.ok;
}

function showResumed(screen: Screen, { functionName, before, after }: FunctionConcurrency): void {
  const reserved = `reserved concurrency: ${after ?? 'none'}`;
  if (before === 0)
    screen.line({ text: `${functionName} runs again (${reserved})`, style: 'green' });
  else
    screen.line(
      `${functionName} was not paused (${reserved}${before === after ? '' : `, was ${before ?? 'none'}`})`,
    );
}

function showConsequences(screen: Screen): void {
  screen.line(
    'The next tick, within a minute, makes what pods wait for and renews what is due, what ends first before the rest; the ' +
      'next sweep comes within ten minutes. Hints of the forwarder from the pause are gone, which costs those pods that minute.',
  );
  screen.line('To see that all is well: kube-aws-iam doctor, kube-aws-iam status');
}
