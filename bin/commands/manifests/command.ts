import type { Command } from 'commander';
import { withClusterOptions } from '../../options/cluster-options.ts';
import type { ManifestsOptions } from './run.ts';

/** Adds `manifests`. */
export function addManifests(program: Command): void {
  const command = program
    .command('manifests')
    .summary('print what cdk deploy would install in a cluster')
    .description(
      'Prints, as YAML, the Kubernetes manifests of a cluster of cdk.json in the working directory: for who sets ' +
        '"installChart": false and applies them otherwise, e.g. by GitOps. The forwarder in them is bundled from source. ' +
        'Reaches neither AWS nor a cluster.',
    )
    .argument('[cluster]', 'the same as --cluster');
  withClusterOptions(command)
    .option(
      '--chart <folder>',
      'write the Helm chart, and the values for the cluster, to a folder instead',
    )
    .addHelpText(
      'after',
      '\nExamples:\n  kube-aws-iam manifests prod | kubectl apply -f -\n  kube-aws-iam manifests prod --chart deploy/kube-aws-iam',
    )
    .action(async (cluster: string | undefined, options: ManifestsOptions) => {
      const { printManifests } = await import('./run.ts');
      await printManifests(cluster === undefined ? options : { ...options, cluster });
    });
}
