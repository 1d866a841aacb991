import { RefresherError } from '../contract/errors.ts';

/** The cluster, or the way into it, is set up so that no run can succeed until a person changes it. */
export class ClusterSetupError extends RefresherError {
  override readonly name = 'ClusterSetupError';
}

/** The cluster did not answer, or not in time. The next run may find it well. */
export class ClusterUnreachableError extends RefresherError {
  override readonly name = 'ClusterUnreachableError';
}

/** The Kubernetes API refused a request. Made from the `Status` object of the answer. */
export class KubernetesApiError extends RefresherError {
  override readonly name = 'KubernetesApiError';
  readonly status: number;
  /** The machine-readable reason, e.g. `AlreadyExists`; empty when the answer had none. */
  readonly reason: string;

  constructor(status: number, reason: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.status = status;
    this.reason = reason;
  }
}

/** A list did not arrive whole. What did arrive was acted on where that is safe; nothing was removed. */
export class IncompleteViewError extends RefresherError {
  override readonly name = 'IncompleteViewError';
}
