import { HTTP_STATUS } from '../../contract/http-status.ts';
import { apiErrorOf } from '../../kubernetes/api-error.ts';
import type { KubernetesConnection } from '../../kubernetes/kubernetes-connection.ts';
import { describeApiFailure } from './get-object.ts';

/** A write of an object. */
interface ObjectWrite {
  readonly method: 'POST' | 'PUT' | 'PATCH';
  readonly path: string;
  /** The object, or a merge patch of it. */
  readonly body: object;
}

/**
 * Writes an object and returns the response as unvalidated JSON; undefined if the object does not exist.
 *
 * @throws when the API server rejects it, with a message for the user
 */
export async function sendObject(
  connection: KubernetesConnection,
  { method, path, body }: ObjectWrite,
  signal: AbortSignal,
): Promise<unknown> {
  const response = await connection.send({
    method,
    path,
    headers: {
      accept: 'application/json',
      'content-type': method === 'PATCH' ? 'application/merge-patch+json' : 'application/json',
    },
    body: JSON.stringify(body),
    signal,
  });
  if (response.status === HTTP_STATUS.notFound) return undefined;
  if (response.status >= 200 && response.status <= 299) {
    return JSON.parse(response.body.toString());
  }
  const cause = apiErrorOf(response);
  throw new Error(describeApiFailure(cause), { cause });
}
