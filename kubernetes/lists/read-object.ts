import { HTTP_STATUS } from '../../contract/http-status.ts';
import { ClusterSetupError } from '../errors.ts';
import type { KubernetesConnection } from '../kubernetes-connection.ts';
import { type ApiObject, type ApiResource, apiPathOf } from './api-object.ts';
import { incompleteList, type Listing, readRejected } from './listing.ts';

/** Which object to read, and what to keep of it. */
interface ObjectRequest<T> {
  readonly resource: Exclude<ApiResource, 'secrets'>;
  /** The namespace of the object, or the namespace to read. */
  readonly namespace: string;
  /** The name of the object; absent to read a namespace. */
  readonly name?: string;
  /** Returns what to keep of the object, or undefined for nothing. */
  readonly pick: (object: ApiObject) => T | undefined;
  readonly signal: AbortSignal;
}

/**
 * Reads one object, as a listing of one. An object that does not exist is an empty listing, not a failure.
 *
 * @throws {ClusterSetupError} when the setup has to be fixed
 */
export async function readObject<T>(
  connection: KubernetesConnection,
  { resource, namespace, name, pick, signal }: ObjectRequest<T>,
): Promise<Listing<T>> {
  const target = { verb: 'get', resource, namespace } as const;
  const object = name === undefined ? '' : `/${resource}/${encodeURIComponent(name)}`;
  try {
    const response = await connection.send({
      method: 'GET',
      path: `${apiPathOf(resource)}/namespaces/${encodeURIComponent(namespace)}${object}`,
      headers: { accept: 'application/json' },
      signal,
    });
    if (response.status === HTTP_STATUS.notFound) return { items: [], seen: 0 };
    if (response.status !== HTTP_STATUS.ok) throw readRejected(target, response);
    const picked = pick(JSON.parse(response.body.toString()));
    return { items: picked === undefined ? [] : [picked], seen: 1 };
  } catch (error) {
    if (error instanceof ClusterSetupError) throw error;
    return { items: [], seen: 0, failure: incompleteList(target, 0, error) };
  }
}
