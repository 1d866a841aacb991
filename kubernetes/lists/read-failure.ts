import { errorMessageOf, RefresherError } from '../../contract/errors.ts';
import { HTTP_STATUS } from '../../contract/http-status.ts';
import { apiErrorOf } from '../api-error.ts';
import { IncompleteViewError, KubernetesApiError } from '../errors.ts';
import type { ApiResponse } from '../kubernetes-connection.ts';

/** A read request, for error messages. */
interface ReadTarget {
  readonly verb: 'list' | 'get';
  readonly resource: string;
  /** All namespaces when absent. */
  readonly namespace?: string | undefined;
}

/** Returns the server's error. If a permission is missing, the message names it and where it is granted. */
export function readRejected(target: ReadTarget, response: ApiResponse): KubernetesApiError {
  const error = apiErrorOf(response);
  const { verb, resource } = target;
  const remedy = error.status === HTTP_STATUS.forbidden ? `. ${missingPermission(target)}` : '';
  return new KubernetesApiError(
    error.status,
    error.reason,
    `Cannot ${verb} ${resource} ${scopeOf(target)}: ${error.message}${remedy}`,
    { cause: error },
  );
}

function missingPermission(target: ReadTarget): string {
  const { verb, resource, namespace } = target;
  const value =
    namespace === undefined
      ? ''
      : ', with this namespace in its value namespaces unless it is empty';
  return `The chart's RBAC must grant the refresher the verb ${verb} on ${resource} ${scopeOf(target)}: install the chart in the cluster${value}.`;
}

/** Truncates error text: a broken response may have any size. */
const MAX_MESSAGE_LENGTH = 500;

/** Returns why a list is incomplete after `seen` objects: the cause itself if it is an error of ours. */
export function incompleteList(target: ReadTarget, seen: number, cause: unknown): Error {
  if (cause instanceof RefresherError) return cause;
  const text = errorMessageOf(cause);
  const message = text.slice(0, MAX_MESSAGE_LENGTH);
  return new IncompleteViewError(
    `The list of ${target.resource} ${scopeOf(target)} is incomplete after ${seen} objects: ${message}`,
    { cause },
  );
}

function scopeOf({ namespace }: ReadTarget): string {
  return namespace === undefined ? 'in all namespaces' : `in namespace "${namespace}"`;
}
