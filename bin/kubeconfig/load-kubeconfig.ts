import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';
import { type Cluster, KubeConfig } from '@kubernetes/client-node';
import { closestName } from '../../contract/closest-name.ts';
import { ClusterSetupError } from '../../kubernetes/errors.ts';
import type { KubernetesOptions } from '../options/kubeconfig-options.ts';

/** A context of a kubeconfig that may be used. */
export interface LoadedContext {
  /** With the context as its current one. */
  readonly kubeconfig: KubeConfig;
  readonly name: string;
  readonly cluster: Cluster;
  /** The namespace that the context is for. */
  readonly namespace: string;
}

/**
 * Loads the context that kubectl would use.
 *
 * @throws {ClusterSetupError} when there is none, or when the server behind it would not be verified: what is said of a
 * cluster has to be of that cluster, and a token must never go to anybody else
 */
export function loadKubeconfig(options: KubernetesOptions): LoadedContext {
  const files = filesOf(options);
  const kubeconfig = merge(files.map(loadFile));
  const name = contextNameOf(kubeconfig, files, options);
  kubeconfig.setCurrentContext(name);
  const cluster = kubeconfig.getCurrentCluster();
  const { namespace = 'default' } = kubeconfig.getContextObject(name) ?? {};
  if (cluster === null) {
    throw new ClusterSetupError(
      `context "${name}" names a cluster that ${files.join(', ')} does not have; ${ANEW}`,
    );
  }
  assertVerified(name, cluster);
  return { kubeconfig, name, cluster, namespace };
}

const ANEW = 'make the kubeconfig anew, for EKS with: aws eks update-kubeconfig --name CLUSTER';

/** Those of `KUBECONFIG` that are there, as kubectl does; the others must be there. */
function filesOf({ kubeconfig }: KubernetesOptions): readonly string[] {
  const listed = process.env['KUBECONFIG']?.split(delimiter).filter((file) => file !== '') ?? [];
  const candidates =
    kubeconfig !== undefined
      ? [kubeconfig]
      : listed.length > 0
        ? listed
        : [join(homedir(), '.kube', 'config')];
  const files = candidates.filter((file) => existsSync(file));
  if (files.length > 0) return files;
  throw new ClusterSetupError(
    `there is no kubeconfig ${candidates.join(', ')}: say --kubeconfig, set KUBECONFIG, or make one, for EKS with: aws eks update-kubeconfig --name CLUSTER`,
  );
}

function loadFile(file: string): KubeConfig {
  const kubeconfig = new KubeConfig();
  try {
    kubeconfig.loadFromFile(file);
    return kubeconfig;
  } catch (cause) {
    // What a parser of YAML says quotes the file, which may hold a token.
    const [why = ''] = cause instanceof Error ? cause.message.split('\n') : [];
    throw new ClusterSetupError(`kubeconfig ${file} cannot be read: ${why}`, { cause });
  }
}

/** What several files name the same way is taken from the first of them, as kubectl does. */
function merge(kubeconfigs: readonly KubeConfig[]): KubeConfig {
  const merged = new KubeConfig();
  const firsts = <T extends { readonly name: string }>(lists: readonly (readonly T[])[]) => [
    ...new Map(
      lists
        .flat()
        .toReversed()
        .map((one) => [one.name, one]),
    ).values(),
  ];
  merged.loadFromOptions({
    clusters: firsts(kubeconfigs.map((one) => one.getClusters())),
    users: firsts(kubeconfigs.map((one) => one.getUsers())),
    contexts: firsts(kubeconfigs.map((one) => one.getContexts())),
    currentContext: kubeconfigs.map((one) => one.getCurrentContext()).find(Boolean),
  });
  return merged;
}

function contextNameOf(
  kubeconfig: KubeConfig,
  files: readonly string[],
  { context = kubeconfig.getCurrentContext() }: KubernetesOptions,
): string {
  const names = kubeconfig.getContexts().map(({ name }) => name);
  const known = names.length === 0 ? 'it has none' : `it has ${names.join(', ')}`;
  const file = files.join(', ');
  if (!context) {
    throw new ClusterSetupError(
      `kubeconfig ${file} has no current context: say --context; ${known}`,
    );
  }
  if (names.includes(context)) return context;
  const closest = closestName(context, names);
  throw new ClusterSetupError(
    `kubeconfig ${file} has no context "${context}"; ${closest === undefined ? known : `did you mean "${closest}"?`}`,
  );
}

function assertVerified(context: string, { server, skipTLSVerify }: Cluster): void {
  if (!server.startsWith('https://')) {
    throw new ClusterSetupError(
      `context "${context}" reaches its cluster at ${server}, and credentials must not go there unencrypted: name the cluster's https endpoint in the kubeconfig; ${ANEW}`,
    );
  }
  if (skipTLSVerify) {
    throw new ClusterSetupError(
      `context "${context}" does not verify its cluster (insecure-skip-tls-verify): put the cluster's certificate authority into the kubeconfig instead; ${ANEW}`,
    );
  }
}
