import { stackNameOf } from '../../../infra/names.ts';
import { installsChart } from '../../../infra/settings/cluster-login.ts';
import type { ClusterSettings } from '../../../infra/settings/cluster-settings.ts';
import { shellCommand } from '../../../tools/terminal/shell-quote.ts';
import { type SuggestedCommand, suggestCommand } from '../../cluster/suggested-command.ts';

/** What selects the cluster of the settings if others have the same name. */
interface Selection {
  /** ID of its stack in the CDK CLI. @default - the name of the stack */
  readonly stackId?: string;
  /** The account, if it was needed to select the cluster. */
  readonly selectedAccount?: string;
}

/** Returns a command of this CLI for the cluster of the settings. */
export function commandFor(
  {
    clusterName: cluster,
    region,
    selectedAccount: account,
  }: Pick<ClusterSettings, 'clusterName' | 'region'> & Selection,
  name: SuggestedCommand['name'],
  ...words: readonly string[]
): string {
  return suggestCommand(
    { name, words },
    {
      cluster,
      ...(region === undefined ? {} : { region }),
      ...(account === undefined ? {} : { account }),
    },
  );
}

/** Remedy that restores the stack to what `cdk.json` says. */
export function deployStack({
  clusterName,
  stackId = stackNameOf(clusterName),
}: ClusterSettings & Selection): string {
  return shellCommand`deploy the stack: npx cdk deploy ${stackId}`;
}

/** Remedy that restores the chart's objects. CloudFormation does not detect changes in the cluster. */
export function installChartCommand(settings: ClusterSettings): string {
  if (!installsChart(settings)) {
    return `apply the manifests: npx ${commandFor(settings, 'manifests')} | kubectl apply -f -`;
  }
  return (
    `${deployStack(settings)}; if that reports no changes, write the chart with ` +
    `"npx ${commandFor(settings, 'manifests', '--chart', 'FOLDER')}" and run: helm upgrade kube-aws-iam FOLDER ` +
    '--namespace kube-aws-iam --reset-values'
  );
}
