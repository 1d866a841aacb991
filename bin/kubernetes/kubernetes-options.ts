import type { Command } from 'commander';

/** How the cluster is reached: as kubectl would. */
export interface KubernetesOptions {
  /** A file in place of those of `KUBECONFIG`, or of `~/.kube/config`. */
  readonly kubeconfig?: string;
  /** A context of it in place of the current one. */
  readonly context?: string;
}

/** Gives a command the options of {@link KubernetesOptions}. */
export function withKubernetesOptions(command: Command): Command {
  return command
    .option('--kubeconfig <file>', 'kubeconfig to use (else KUBECONFIG, else ~/.kube/config)')
    .option('--context <name>', 'context of the kubeconfig, where the current one is not meant');
}
