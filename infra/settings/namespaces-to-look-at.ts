import { PRODUCT_NAMESPACE } from '../../contract/forwarder.ts';
import type { ClusterSettings } from './cluster-settings.ts';

/**
 * The namespaces that the functions and the forwarder look at; empty means all. The product's own is among them when its
 * forwarder gets its credentials as any pod does.
 */
export function effectiveNamespaces({
  namespaces = [],
  forwarderCredentials,
}: Pick<ClusterSettings, 'namespaces' | 'forwarderCredentials'>): readonly string[] {
  if (namespaces.length === 0 || forwarderCredentials !== undefined) return namespaces;
  return [...new Set([...namespaces, PRODUCT_NAMESPACE])];
}
