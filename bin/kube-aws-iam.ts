#!/usr/bin/env node
import { Command } from 'commander';
import { VERSION } from '../lambda/contract/version.ts';

const program = new Command('kube-aws-iam')
  .description('Gives Kubernetes pods AWS credentials as mounted Secrets')
  .version(VERSION);

program
  .command('demo')
  .summary('show the product at work, on this machine alone')
  .description(
    'Synthesizes the CDK stack, starts an embedded Kubernetes API and an embedded AWS on loopback, and runs the ' +
      'deployed form of the functions there as Lambda would: Secrets are created, mounted, read by the AWS SDK, ' +
      'renewed, refused and removed while two hours of cluster time pass. Takes seconds, needs no AWS account and no ' +
      'cluster, and leaves nothing behind. Exit code 0 when all of it went as it should, 1 with the step that did not.',
  )
  .action(async () => {
    const { createScreen } = await import('../local/demo/screen.ts');
    const { tellStory } = await import('../local/demo/story.ts');
    await tellStory(createScreen());
  });

program
  .command('manifests')
  .summary('print what cdk deploy would install in a cluster')
  .description(
    'Prints, as YAML, the Kubernetes manifests of a cluster of cdk.json in the working directory: for who sets ' +
      '"installChart": false and applies them otherwise, e.g. by GitOps. The forwarder in them is bundled from source. ' +
      'Reaches neither AWS nor a cluster.',
  )
  .argument('[cluster]', 'name of the cluster, where cdk.json has several')
  .option('--region <region>', 'region of the cluster, where cdk.json does not say it')
  .option(
    '--chart <folder>',
    'write the Helm chart, and the values for the cluster, to a folder instead',
  )
  .addHelpText(
    'after',
    '\nExamples:\n  kube-aws-iam manifests prod | kubectl apply -f -\n  kube-aws-iam manifests prod --chart deploy/kube-aws-iam',
  )
  .action(async (cluster: string | undefined, options: { region?: string; chart?: string }) => {
    const { printManifests } = await import('./manifests.ts');
    await printManifests(cluster, options);
  });

try {
  await program.parseAsync();
} catch (error) {
  console.error(`error: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
}
