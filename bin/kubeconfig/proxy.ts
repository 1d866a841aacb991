import type { Cluster } from '@kubernetes/client-node';

/** A proxy between the CLI and a cluster. */
interface ClusterProxy {
  readonly url: string;
  /** Where the proxy is configured. One from the environment is subject to `NO_PROXY`. */
  readonly source: 'kubeconfig' | 'environment';
}

/** Addresses of this machine, for which a proxy from the environment is not used, as in Go. */
const LOCALHOST = /^(?:localhost|127\.[\d.]+|\[::1\])$/;

/** Returns the proxy that kubectl would use for a cluster, before `NO_PROXY` is applied. */
export function proxyFor({
  server,
  proxyUrl,
}: Pick<Cluster, 'server' | 'proxyUrl'>): ClusterProxy | undefined {
  if (proxyUrl) return { url: proxyUrl, source: 'kubeconfig' };
  const url = process.env['https_proxy'] || process.env['HTTPS_PROXY'];
  return !url || LOCALHOST.test(new URL(server).hostname)
    ? undefined
    : { url, source: 'environment' };
}
