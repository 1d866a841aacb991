import { environmentProxy, kubeconfigProxy, type ProxyServer } from '../proxy/proxy.ts';
import type { LoadedContext } from './kubeconfig-schema.ts';

/**
 * Returns the proxy that kubectl would use for a cluster: that of the kubeconfig, else that of the environment.
 *
 * @throws {ProxyError} when it is not the URL of a proxy
 */
export function proxyOf({ cluster }: Pick<LoadedContext, 'cluster'>): ProxyServer | undefined {
  const configured = cluster['proxy-url'];
  return configured === undefined
    ? environmentProxy(new URL(cluster.server))
    : kubeconfigProxy(configured);
}
