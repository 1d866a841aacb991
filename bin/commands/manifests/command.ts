import type { Command } from 'commander';
import { withClusterOptions } from '../../options/cluster-options.ts';
import type { ManifestsOptions } from './run.ts';

const HELP = `
Examples:
  kube-aws-iam manifests --cluster prod | kubectl apply -f -
  kube-aws-iam manifests --cluster prod --chart deploy/kube-aws-iam

Exit codes:
  0  success
  1  error
  2  usage error`;

/** Adds `manifests`. */
export function addManifests(program: Command): void {
  const command = program
    .command('manifests')
    .summary('print the Kubernetes manifests of a cluster')
    .description(
      'Prints, as YAML, the Kubernetes manifests of a cluster of cdk.json, with the code of the forwarder, or of the refresher ' +
        'if it runs in the cluster. Use it for clusters that are not on EKS, and on EKS with "installChart": false, e.g. for ' +
        'GitOps; otherwise "cdk deploy" installs the same. Accesses neither AWS nor a cluster.',
    )
    .argument('[cluster]', 'same as --cluster');
  withClusterOptions(command)
    .option('--chart <folder>', 'write the Helm chart, with the values of the cluster, to a folder')
    .addHelpText('after', HELP)
    .action(async (cluster: string | undefined, options: ManifestsOptions) => {
      const { printManifests } = await import('./run.ts');
      await printManifests(cluster === undefined ? options : { ...options, cluster });
    });
}
