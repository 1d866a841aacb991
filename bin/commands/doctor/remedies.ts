import { stackNameOf } from '../../../infra/names.ts';
import type { ClusterSettings } from '../../../infra/settings/cluster-settings.ts';
import { type PrintedCommand, printedCommand } from '../../cluster/printed-command.ts';

/** A command of this program about the cluster of the settings. */
export function commandFor(
  { clusterName: cluster, region }: Pick<ClusterSettings, 'clusterName' | 'region'>,
  name: PrintedCommand['name'],
  ...words: readonly string[]
): string {
  return printedCommand({ name, words }, region === undefined ? { cluster } : { cluster, region });
}

/** How the stack comes to be as `cdk.json` says. */
export function deployStack({ clusterName }: ClusterSettings): string {
  return `deploy the stack: npx cdk deploy ${stackNameOf(clusterName)}`;
}

/** How the chart's objects come to be as they should. CloudFormation does not look at what became of them in the cluster. */
export function installChart(settings: ClusterSettings): string {
  if (!settings.installChart) {
    return `apply the manifests: npx ${commandFor(settings, 'manifests')} | kubectl apply -f -`;
  }
  return (
    `${deployStack(settings)}; if that finds nothing to change, write the chart with ` +
    `"npx ${commandFor(settings, 'manifests', '--chart', 'FOLDER')}" and run: helm upgrade kube-aws-iam FOLDER ` +
    '--namespace kube-aws-iam --values FOLDER/cluster-values.json'
  );
}
