import type { Command } from 'commander';
import { printable } from '../../tools/terminal/printable.ts';
import { shellQuote } from '../../tools/terminal/shell-quote.ts';
import type { OutputOptions } from './output-option.ts';

/** How a command reaches the cluster; the same as kubectl. */
export interface KubeconfigOptions {
  /** Kubeconfig file to use instead of `KUBECONFIG` or `~/.kube/config`. */
  readonly kubeconfig?: string;
  /** Context to use instead of the current one. */
  readonly context?: string;
}

/** Adds the options of {@link KubeconfigOptions} to a command. */
export function withKubeconfigOptions(command: Command): Command {
  return command
    .option('--kubeconfig <file>', 'kubeconfig file (default: KUBECONFIG, or ~/.kube/config)')
    .option('--context <name>', 'context of the kubeconfig (default: the current context)');
}

/**
 * Adds the options of {@link KubeconfigOptions} to a command that suggests kubectl and helm commands. The command then
 * ends with a note on the options that those need too.
 */
export function withKubectlNote(command: Command): Command {
  return withKubeconfigOptions(command).hook('postAction', () => {
    const note = kubectlNote(command.opts());
    if (note !== undefined) console.error(printable(note));
  });
}

/** Undefined if the suggested commands work as printed, and for JSON output. */
function kubectlNote({
  kubeconfig,
  context,
  output,
}: KubeconfigOptions & Partial<OutputOptions>): string | undefined {
  if (output === 'json' || (kubeconfig === undefined && context === undefined)) return undefined;
  const file = kubeconfig === undefined ? [] : [`--kubeconfig ${shellQuote(kubeconfig)}`];
  const [kubectl, helm] = ['--context', '--kube-context'].map((option) =>
    [...file, ...(context === undefined ? [] : [`${option} ${shellQuote(context)}`])].join(' '),
  );
  return `Add ${kubectl} to the kubectl commands above, and ${helm} to the helm commands.`;
}
