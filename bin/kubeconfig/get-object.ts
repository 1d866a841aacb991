import { apiErrorOf } from '../../kubernetes/api-error.ts';
import type { KubernetesConnection } from '../../kubernetes/kubernetes-connection.ts';
import { explainFailure } from './explain-failure.ts';

const NOT_FOUND = 404;

/**
 * Reads an object, or a list, as JSON that nothing has checked; undefined when it is not there.
 *
 * @throws when it may not be read, in words for whoever asked
 */
export async function getObject(
  connection: KubernetesConnection,
  path: string,
  signal: AbortSignal,
): Promise<unknown> {
  const headers = { accept: 'application/json' };
  const response = await connection.send({ method: 'GET', path, headers, signal });
  if (response.status === NOT_FOUND) return undefined;
  if (response.status === 200) return JSON.parse(response.body.toString());
  const cause = apiErrorOf(response);
  throw new Error(explainFailure(cause), { cause });
}
