import type { Cluster } from '@kubernetes/client-node';

/** A proxy on the way to a cluster. */
export interface ClusterProxy {
  readonly url: string;
  /** Who names it. What the environment says is subject to `NO_PROXY`. */
  readonly source: 'kubeconfig' | 'environment';
}

/** The server is on this machine: no proxy of the environment is asked for it, as in Go. */
const THIS_MACHINE = /^(?:localhost|127\.[\d.]+|\[::1\])$/;

/** The proxy that kubectl would take for a cluster, `NO_PROXY` aside; undefined for none. */
export function proxyOf({
  server,
  proxyUrl,
}: Pick<Cluster, 'server' | 'proxyUrl'>): ClusterProxy | undefined {
  if (proxyUrl) return { url: proxyUrl, source: 'kubeconfig' };
  const url = process.env['https_proxy'] || process.env['HTTPS_PROXY'];
  return !url || THIS_MACHINE.test(new URL(server).hostname)
    ? undefined
    : { url, source: 'environment' };
}
