import type { ConfigOptions } from '../options/cluster-options.ts';
import type { KubernetesOptions } from '../options/kubeconfig-options.ts';

/** What a command is told of its cluster. */
export interface SaidOfCluster extends ConfigOptions, KubernetesOptions {}

/** A command of this program, and what follows its name. */
export interface PrintedCommand {
  readonly name: keyof typeof TAKES;
  readonly words?: readonly string[];
}

const OF_CLUSTER = ['cluster', 'region'] as const;
const OF_KUBECONFIG = ['kubeconfig', 'context'] as const;

/** Which of the options each command takes that is printed. */
const TAKES = {
  doctor: [...OF_CLUSTER, ...OF_KUBECONFIG],
  status: [...OF_CLUSTER, 'deployed', ...OF_KUBECONFIG],
  'trust-policy': [...OF_CLUSTER, 'deployed'],
  manifests: OF_CLUSTER,
  resume: OF_CLUSTER,
} as const;

/**
 * A command as it is printed for a person to run next: about the same cluster as the one that prints it, of which the same
 * has to be said again.
 */
export function printedCommand({ name, words = [] }: PrintedCommand, said: SaidOfCluster): string {
  const options = TAKES[name].flatMap((option) => {
    const value = said[option];
    if (value === undefined || value === false) return [];
    return value === true ? [`--${option}`] : [`--${option}`, quoted(value)];
  });
  return ['kube-aws-iam', name, ...words.map(quoted), ...options].join(' ');
}

/** What a shell takes as it stands. */
const PLAIN = /^[\w+=,.@:/-]+$/;

/** A word as a shell takes it, whatever is in it. */
export function quoted(word: string): string {
  return PLAIN.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}
