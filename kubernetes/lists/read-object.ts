import { ClusterSetupError } from '../errors.ts';
import type { KubernetesConnection } from '../kubernetes-connection.ts';
import type { ApiObject } from './list-body.ts';
import { listingCutShort, readingRefused } from './list-failure.ts';
import type { Listing } from './listing.ts';
import { apiOf, type Resource } from './resource.ts';

/** Which object to read, and what to keep of it. */
export interface ObjectRequest<T> {
  readonly resource: Exclude<Resource, 'secrets'>;
  /** The namespace that it is in, or is. */
  readonly namespace: string;
  /** Its name, where it is in a namespace. */
  readonly name?: string;
  /** What is kept of it, `undefined` for nothing. */
  readonly pick: (object: ApiObject) => T | undefined;
  readonly signal: AbortSignal;
}

const NOT_FOUND = 404;

/**
 * Reads one object, as a listing of one. An object that is not there is an empty listing and no failure.
 *
 * @throws ClusterSetupError
 */
export async function readObject<T>(
  connection: KubernetesConnection,
  { resource, namespace, name, pick, signal }: ObjectRequest<T>,
): Promise<Listing<T>> {
  const reading = { verb: 'get', resource, namespace } as const;
  const within = name === undefined ? '' : `/${resource}/${encodeURIComponent(name)}`;
  try {
    const response = await connection.send({
      method: 'GET',
      path: `${apiOf(resource)}/namespaces/${encodeURIComponent(namespace)}${within}`,
      headers: { accept: 'application/json' },
      signal,
    });
    if (response.status === NOT_FOUND) return { items: [], seen: 0 };
    if (response.status !== 200) throw readingRefused(reading, response);
    const picked = pick(JSON.parse(response.body.toString()));
    return { items: picked === undefined ? [] : [picked], seen: 1 };
  } catch (error) {
    if (error instanceof ClusterSetupError) throw error;
    return { items: [], seen: 0, failure: listingCutShort(reading, 0, error) };
  }
}
