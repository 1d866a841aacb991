import { stackNameOf } from '../../infra/names.ts';
import type { ClusterSettings } from '../../infra/settings.ts';

/** How the stack comes to be as `cdk.json` says. */
export function deployStack({ clusterName }: ClusterSettings): string {
  return `deploy the stack: npx cdk deploy ${stackNameOf(clusterName)}`;
}

/** How the chart's objects come to be as they should. CloudFormation does not look at what became of them in the cluster. */
export function installChart(settings: ClusterSettings): string {
  const { clusterName } = settings;
  if (!settings.installChart) {
    return `apply the manifests: npx kube-aws-iam manifests ${clusterName} | kubectl apply -f -`;
  }
  return (
    `${deployStack(settings)}; if that finds nothing to change, write the chart with ` +
    `"npx kube-aws-iam manifests ${clusterName} --chart FOLDER" and run: helm upgrade kube-aws-iam FOLDER ` +
    '--namespace kube-aws-iam --values FOLDER/cluster-values.json'
  );
}
