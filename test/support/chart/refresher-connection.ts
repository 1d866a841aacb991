import type { KubernetesConnection } from '../../../kubernetes/kubernetes-connection.ts';
import type { ApiClient } from '../../../local/api-client.ts';
import type { Impersonated } from './chart-cluster.ts';

/** Returns a connection that sends the product's requests as another user, with a client that may impersonate. */
export function connectionAs(
  client: ApiClient,
  { user, group = '' }: Impersonated,
): KubernetesConnection {
  return {
    async send({ method, path, headers = {}, body, signal }) {
      // The client adds lower-case names.
      const own = Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]);
      const response = await client.open(method, path, {
        ...(body === undefined ? {} : { body }),
        headers: {
          ...Object.fromEntries(own),
          'impersonate-user': user,
          'impersonate-group': group,
        },
        signal,
      });
      return {
        status: response.status,
        headers: Object.fromEntries(response.headers),
        body: Buffer.from(await response.arrayBuffer()),
      };
    },
  };
}
