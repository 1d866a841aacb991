import type { Command } from 'commander';

/** Adds `demo`. */
export function addDemo(program: Command): void {
  program
    .command('demo')
    .summary('show the product at work, on this machine alone')
    .description(
      'Synthesizes the CDK stack, starts an embedded Kubernetes API and an embedded AWS on loopback, and runs the ' +
        'deployed form of the functions there as Lambda would: Secrets are created, mounted, read by the AWS SDK, ' +
        'renewed, refused and removed while two hours of cluster time pass. Takes seconds, needs no AWS account and no ' +
        'cluster, and leaves nothing behind. Exit code 0 when all of it went as it should, 1 with the step that did not.',
    )
    .option(
      '--real',
      "on Kubernetes' own binaries in place of the embedded API: RBAC, EKS tokens checked by webhook, the chart " +
        'installed by Helm, pods on a kubelet; needs the binaries (`npm run cluster:build`) and half a minute',
    )
    .action(async ({ real = false }: { real?: boolean }) => {
      const { createTerminal } = await import('../../../tools/terminal/terminal.ts');
      const { runDemo } = await import('../../../local/demo/run-demo.ts');
      await runDemo(createTerminal(), await clusterFor(real));
    });
}

async function clusterFor(real: boolean) {
  if (!real) {
    const embedded = await import('../../../local/installation/install-on-embedded-cluster.ts');
    return embedded.installOnEmbeddedCluster;
  }
  const { assertRealClusterRuns, installOnRealCluster } = await import(
    '../../../local/installation/install-on-real-cluster.ts'
  );
  assertRealClusterRuns();
  return installOnRealCluster;
}
