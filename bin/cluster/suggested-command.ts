import { shellQuote } from '../../tools/terminal/shell-quote.ts';
import type { ConfigOptions } from '../options/cluster-options.ts';
import type { KubeconfigOptions } from '../options/kubeconfig-options.ts';

/** Options that select a cluster, its configuration and the way to reach it. */
export interface TargetOptions extends ConfigOptions, KubeconfigOptions {}

/** A command of this CLI and its arguments. */
export interface SuggestedCommand {
  readonly name: keyof typeof ACCEPTED_OPTIONS;
  readonly words?: readonly string[];
}

const CLUSTER_OPTIONS = ['cluster', 'region', 'account'] as const;
const KUBECONFIG_OPTIONS = ['kubeconfig', 'context'] as const;

/** Target options of the commands that are suggested. */
const ACCEPTED_OPTIONS = {
  doctor: [...CLUSTER_OPTIONS, ...KUBECONFIG_OPTIONS],
  'explain namespace': [...CLUSTER_OPTIONS, 'deployed', ...KUBECONFIG_OPTIONS],
  status: [...CLUSTER_OPTIONS, 'deployed', ...KUBECONFIG_OPTIONS],
  'trust-policy': [...CLUSTER_OPTIONS, 'deployed'],
  manifests: CLUSTER_OPTIONS,
  connect: [...CLUSTER_OPTIONS, ...KUBECONFIG_OPTIONS],
  seed: [...CLUSTER_OPTIONS, ...KUBECONFIG_OPTIONS],
  resume: [...CLUSTER_OPTIONS, ...KUBECONFIG_OPTIONS],
} as const;

/** Formats a command for the user to run next, with the options that select the same cluster. */
export function suggestCommand(
  { name, words = [] }: SuggestedCommand,
  target: TargetOptions,
): string {
  const options = ACCEPTED_OPTIONS[name].flatMap((option) => {
    const value = target[option];
    if (value === undefined || value === false) return [];
    return value === true ? [`--${option}`] : [`--${option}`, shellQuote(value)];
  });
  return ['kube-aws-iam', name, ...words.map(shellQuote), ...options].join(' ');
}
