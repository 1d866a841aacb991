import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';
import { type Cluster, KubeConfig } from '@kubernetes/client-node';
import { closestName } from '../../contract/closest-name.ts';
import { ClusterSetupError } from '../../kubernetes/errors.ts';
import type { KubeconfigOptions } from '../options/kubeconfig-options.ts';

/** A context of a kubeconfig. */
export interface LoadedContext {
  /** The kubeconfig, with the context as its current one. */
  readonly kubeconfig: KubeConfig;
  readonly name: string;
  readonly cluster: Cluster;
  /** The namespace of the context. */
  readonly namespace: string;
}

/**
 * Loads the context that kubectl would use.
 *
 * @throws {ClusterSetupError} when there is none, or when its server would not be verified: a token must go to the
 * cluster only
 */
export function loadKubeconfig(options: KubeconfigOptions): LoadedContext {
  const files = findFiles(options);
  const kubeconfig = merge(files.map(loadFile));
  const name = contextNameOf(kubeconfig, files, options);
  kubeconfig.setCurrentContext(name);
  const cluster = kubeconfig.getCurrentCluster();
  const { namespace = 'default' } = kubeconfig.getContextObject(name) ?? {};
  if (cluster === null) {
    throw new ClusterSetupError(
      `context "${name}" refers to a cluster that ${files.join(', ')} does not contain: ${RECREATE}`,
    );
  }
  assertVerified(name, cluster);
  return { kubeconfig, name, cluster, namespace };
}

const CREATE = 'for EKS run: aws eks update-kubeconfig --name CLUSTER';
const RECREATE = `recreate the kubeconfig; ${CREATE}`;

/** Skips missing files of `KUBECONFIG`, as kubectl does; the file of `--kubeconfig` must exist. */
function findFiles({ kubeconfig }: KubeconfigOptions): readonly string[] {
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
    `kubeconfig ${candidates.join(', ')} does not exist: use --kubeconfig, set KUBECONFIG, or create it; ${CREATE}`,
  );
}

function loadFile(file: string): KubeConfig {
  const kubeconfig = new KubeConfig();
  try {
    kubeconfig.loadFromFile(file);
    return kubeconfig;
  } catch (cause) {
    // Further lines of a YAML error quote the file, which may contain a token.
    const [reason = ''] = cause instanceof Error ? cause.message.split('\n') : [];
    throw new ClusterSetupError(`kubeconfig ${file} cannot be read: ${reason}`, { cause });
  }
}

/** Merges several files. For entries of the same name the first file wins, as in kubectl. */
function merge(kubeconfigs: readonly KubeConfig[]): KubeConfig {
  const merged = new KubeConfig();
  const firsts = <T extends { readonly name: string }>(lists: readonly (readonly T[])[]) => [
    ...new Map(
      lists
        .flat()
        .toReversed()
        .map((entry) => [entry.name, entry]),
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
  { context = kubeconfig.getCurrentContext() }: KubeconfigOptions,
): string {
  const names = kubeconfig.getContexts().map(({ name }) => name);
  const available = names.length === 0 ? 'it has no contexts' : `it has ${names.join(', ')}`;
  const file = files.join(', ');
  if (!context) {
    throw new ClusterSetupError(
      `kubeconfig ${file} has no current context: use --context; ${available}`,
    );
  }
  if (names.includes(context)) return context;
  const closest = closestName(context, names);
  throw new ClusterSetupError(
    `kubeconfig ${file} has no context "${context}"; ${closest === undefined ? available : `did you mean "${closest}"?`}`,
  );
}

function assertVerified(context: string, { server, skipTLSVerify }: Cluster): void {
  if (!server.startsWith('https://')) {
    throw new ClusterSetupError(
      `context "${context}" connects to ${server}, which would send credentials unencrypted: set the cluster's https endpoint in the kubeconfig; ${RECREATE}`,
    );
  }
  if (skipTLSVerify) {
    throw new ClusterSetupError(
      `context "${context}" does not verify the server (insecure-skip-tls-verify): set the cluster's certificate authority in the kubeconfig instead; ${RECREATE}`,
    );
  }
}
