import type { Command } from 'commander';
import { printable } from '../../tools/terminal/printable.ts';
import { quoted } from '../cluster/printed-command.ts';
import type { OutputOptions } from './output-option.ts';

/** How the cluster is reached: as kubectl would. */
export interface KubernetesOptions {
  /** A file in place of those of `KUBECONFIG`, or of `~/.kube/config`. */
  readonly kubeconfig?: string;
  /** A context of it in place of the current one. */
  readonly context?: string;
}

/** Gives a command the options of {@link KubernetesOptions}, and has it say in the end what those mean for kubectl. */
export function withKubernetesOptions(command: Command): Command {
  return withKubeconfigOptions(command).hook('postAction', () => {
    const remark = kubectlRemark(command.opts());
    if (remark !== undefined) console.error(printable(remark));
  });
}

/** Gives a command the options of {@link KubernetesOptions} that prints nothing for kubectl to run. */
export function withKubeconfigOptions(command: Command): Command {
  return command
    .option('--kubeconfig <file>', 'kubeconfig to use (else KUBECONFIG, else ~/.kube/config)')
    .option('--context <name>', 'context of the kubeconfig, where the current one is not meant');
}

/**
 * How the commands for kubectl and helm that were shown reach the cluster that was looked at; undefined where they do as they
 * are, and for programs, which know what they said.
 */
function kubectlRemark({
  kubeconfig,
  context,
  output,
}: KubernetesOptions & Partial<OutputOptions>): string | undefined {
  if (output === 'json' || (kubeconfig === undefined && context === undefined)) return undefined;
  const file = kubeconfig === undefined ? [] : [`--kubeconfig ${quoted(kubeconfig)}`];
  const [kubectl, helm] = ['--context', '--kube-context'].map((option) =>
    [...file, ...(context === undefined ? [] : [`${option} ${quoted(context)}`])].join(' '),
  );
  return `Whatever kubectl command is shown above is meant with ${kubectl}, and helm with ${helm}.`;
}
