import { RefresherError } from '../contract/errors.ts';
import { HTTP_STATUS } from '../contract/http-status.ts';

/** The cluster, or the access to it, is misconfigured: no pass can succeed until somebody fixes it. */
export class ClusterSetupError extends RefresherError {
  override readonly name = 'ClusterSetupError';
}

/** The cluster did not answer, or not in time. The next pass may succeed. */
export class ClusterUnreachableError extends RefresherError {
  override readonly name = 'ClusterUnreachableError';
}

/** The response is larger than the request allows. Its message does not name the request: the sender adds that. */
export class ResponseTooLargeError extends Error {
  override readonly name = 'ResponseTooLargeError';
}

/** The Kubernetes API rejected a request. Created from the `Status` object in its response. */
export class KubernetesApiError extends RefresherError {
  override readonly name = 'KubernetesApiError';
  readonly status: number;
  /** The machine-readable reason, e.g. `AlreadyExists`; empty when the response contains none. */
  readonly reason: string;

  constructor(status: number, reason: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.status = status;
    this.reason = reason;
  }
}

/** A list is incomplete. The pass used what it received where that is safe, and removed nothing. */
export class IncompleteViewError extends RefresherError {
  override readonly name = 'IncompleteViewError';
}

/**
 * Whether RBAC denies a write to the refresher. An exhausted quota and a terminating namespace are 403 too; only the
 * message tells them apart (RBAC of k8s.io/apiserver).
 */
export function isPermissionMissing({ status, message }: KubernetesApiError): boolean {
  return (
    status === HTTP_STATUS.forbidden && / cannot (?:create|patch|delete) resource /.test(message)
  );
}
