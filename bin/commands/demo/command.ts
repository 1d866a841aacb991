import type { Command } from 'commander';
import type { DemoOptions } from './run.ts';

const HELP = `
Exit codes:
  0  every step succeeded
  1  a step failed; it is named
  2  usage error`;

/** Adds `demo`. */
export function addDemo(program: Command): void {
  program
    .command('demo')
    .summary('run the product on this machine, without AWS or Kubernetes')
    .description(
      'Synthesizes the CDK stack, starts an embedded Kubernetes API and an embedded AWS on loopback, and runs the bundled ' +
        'functions there as Lambda would. Two hours of cluster time pass in seconds: Secrets are created, mounted, read with ' +
        'the AWS SDK, renewed, refused and removed. Needs no AWS account and no cluster, and leaves nothing behind.',
    )
    .option(
      '--real',
      'use the real Kubernetes binaries instead of the embedded API: RBAC, EKS tokens verified by webhook, the chart ' +
        'installed with Helm, pods on a kubelet. Takes half a minute; needs "npm run cluster:build" once',
    )
    .addHelpText('after', HELP)
    .action(async (options: DemoOptions) => {
      const { createTerminal } = await import('../../../tools/terminal/terminal.ts');
      const { showDemo } = await import('./run.ts');
      await showDemo(createTerminal(), options);
    });
}
