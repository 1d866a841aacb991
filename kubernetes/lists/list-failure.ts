import { REFRESHERS_GROUP } from '../../contract/cluster-access.ts';
import { RefresherError } from '../../contract/errors.ts';
import { apiErrorOf } from '../api-error.ts';
import { IncompleteViewError, KubernetesApiError } from '../errors.ts';
import type { ApiResponse } from '../kubernetes-connection.ts';

/** What was being read. */
export interface Reading {
  readonly verb: 'list' | 'get';
  readonly resource: string;
  readonly namespace?: string | undefined;
}

const FORBIDDEN = 403;

/** What is told of a broken answer, which may be of any size. */
const LONGEST_MESSAGE = 500;

/** The server's refusal. Where a permission is missing, it says which, and where it comes from. */
export function readingRefused(reading: Reading, response: ApiResponse): KubernetesApiError {
  const error = apiErrorOf(response);
  const { verb, resource } = reading;
  const remedy =
    error.status === FORBIDDEN
      ? `. The RBAC of the chart has to give group ${REFRESHERS_GROUP} the verb ${verb} on ${resource} ${scopeOf(reading)}: install the chart in the cluster${reading.namespace === undefined ? '' : ', with this namespace in its value namespaces if that is not empty'}.`
      : '';
  return new KubernetesApiError(
    error.status,
    error.reason,
    `Cannot ${verb} ${resource} ${scopeOf(reading)}: ${error.message}${remedy}`,
    { cause: error },
  );
}

/** Why a listing ends after `seen` objects: the error itself if it is one of ours, which say what they are about. */
export function listingCutShort(reading: Reading, seen: number, cause: unknown): Error {
  if (cause instanceof RefresherError) return cause;
  const said = cause instanceof Error ? cause.message : String(cause);
  const message = said.slice(0, LONGEST_MESSAGE);
  return new IncompleteViewError(
    `The list of ${reading.resource} ${scopeOf(reading)} ends after ${seen}: ${message}`,
    { cause },
  );
}

function scopeOf({ namespace }: Reading): string {
  return namespace === undefined ? 'in all namespaces' : `in namespace "${namespace}"`;
}
