import { HTTP_STATUS } from '../../contract/http-status.ts';
import { apiErrorOf } from '../../kubernetes/api-error.ts';
import { KubernetesApiError } from '../../kubernetes/errors.ts';
import type { KubernetesConnection } from '../../kubernetes/kubernetes-connection.ts';

/**
 * Reads an object, or a list, as unvalidated JSON; undefined if it does not exist.
 *
 * @throws when it cannot be read, with a message for the user
 */
export async function getObject(
  connection: KubernetesConnection,
  path: string,
  signal: AbortSignal,
): Promise<unknown> {
  const headers = { accept: 'application/json' };
  const response = await connection.send({ method: 'GET', path, headers, signal });
  if (response.status === HTTP_STATUS.notFound) return undefined;
  if (response.status === HTTP_STATUS.ok) return JSON.parse(response.body.toString());
  const cause = apiErrorOf(response);
  throw new Error(describeApiFailure(cause), { cause });
}

/**
 * Describes a failed request to the user of the CLI. For a 403 it quotes the server, which names the user and the
 * permission: the error's own message is about the refresher's permissions.
 */
export function describeApiFailure(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (!(error instanceof KubernetesApiError) || error.status !== HTTP_STATUS.forbidden) {
    return error.message;
  }
  const message = error.cause instanceof Error ? error.cause.message : error.message;
  return `missing permission: ${message}. Request it; docs/command-line.md has a ClusterRole with all that are needed.`;
}
