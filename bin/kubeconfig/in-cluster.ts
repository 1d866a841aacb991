import { readFileSync, statSync } from 'node:fs';
import { isIPv6 } from 'node:net';
import { join } from 'node:path';
import type { LoadedContext } from './kubeconfig-schema.ts';
import { clusterFields, userFields } from './kubeconfig-schema.ts';

/** Where a pod has the token of its service account. */
export const SERVICE_ACCOUNT_FOLDER = '/var/run/secrets/kubernetes.io/serviceaccount';

const NAME = 'in-cluster';

/**
 * Returns the cluster in which this process runs, with the service account of its pod; undefined outside a pod. As in
 * kubectl, the namespace is that of `POD_NAMESPACE`, or else of the pod.
 */
export function inClusterContext(folder: string): LoadedContext | undefined {
  const { KUBERNETES_SERVICE_HOST: host, KUBERNETES_SERVICE_PORT: port } = process.env;
  const tokenFile = join(folder, 'token');
  const isMounted = statSync(tokenFile, { throwIfNoEntry: false })?.isFile() ?? false;
  if (!host || !port || !isMounted) return undefined;
  const server = `https://${isIPv6(host) ? `[${host}]` : host}:${port}`;
  const cluster = clusterFields.parse({ 'certificate-authority': join(folder, 'ca.crt') });
  return {
    name: NAME,
    namespace: process.env['POD_NAMESPACE'] || namespaceOf(folder),
    cluster: { ...cluster, name: NAME, server },
    user: { ...userFields.parse({ tokenFile }), name: NAME },
  };
}

function namespaceOf(folder: string): string {
  try {
    return readFileSync(join(folder, 'namespace'), 'utf8').trim() || 'default';
  } catch {
    return 'default';
  }
}
