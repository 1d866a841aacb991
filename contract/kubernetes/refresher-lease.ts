import { PRODUCT_NAMESPACE } from '../forwarder.ts';
import type { PassEvent } from '../pass.ts';

/**
 * Requests to the refresher that runs in the cluster, as annotations of the Lease that its leader holds. It has no other
 * interface: a command needs permission to patch this one Lease, and the cluster's API server authenticates it.
 *
 * A command writes {@link REQUEST_ANNOTATION} as JSON (`LeaseRequest`) and reads {@link RESPONSE_ANNOTATION} until it is JSON
 * (`LeaseResponse`) with the same `id`. The leader renews the Lease every two seconds and sees the request then. It handles
 * one request at a time; a request that is replaced before its response gets none.
 */

/** The Lease of the leader. The chart creates it. */
export const REFRESHER_LEASE = {
  namespace: PRODUCT_NAMESPACE,
  name: 'kube-aws-iam-refresher',
  path: `/apis/coordination.k8s.io/v1/namespaces/${PRODUCT_NAMESPACE}/leases/kube-aws-iam-refresher`,
} as const;

/** The Deployment of the refresher in the cluster, in the namespace of the Lease. Its ServiceAccount has the same name. */
export const REFRESHER_DEPLOYMENT = 'kube-aws-iam-refresher';

/** On the Deployment while it is paused, that is scaled to 0: the number of replicas that `resume` restores. */
export const PAUSED_REPLICAS_ANNOTATION = 'kube-aws-iam/replicas-before-pause';

export const REQUEST_ANNOTATION = 'kube-aws-iam/request';
export const RESPONSE_ANNOTATION = 'kube-aws-iam/response';

/** The value of {@link REQUEST_ANNOTATION}, as JSON. */
export interface LeaseRequest {
  /** Distinguishes requests: a random UUID. */
  readonly id: string;
  /** When the command sent it (RFC 3339, UTC). The leader rejects it when it is older than {@link MAX_REQUEST_AGE_MS}. */
  readonly sentAt: string;
  /** As the event of a function: `refresh` (also with `renew`), `sweep` (also with `confirm`) or `check`. */
  readonly event: PassEvent;
}

/** The value of {@link RESPONSE_ANNOTATION}, as JSON of at most {@link MAX_RESPONSE_BYTES}. */
export type LeaseResponse =
  | {
      readonly id: string;
      /** The response of the function of that pass. Items of its lists that did not fit are omitted. */
      readonly result: object;
      /** How many items of lists were omitted. Absent when the result is complete. */
      readonly omitted?: number;
    }
  | {
      readonly id: string;
      /** Why the pass failed or did not start. */
      readonly error: string;
    };

/** A request that waited longer is not carried out: nobody waits for it any more, and it may confirm a removal. */
export const MAX_REQUEST_AGE_MS = 600_000;

/** All annotations of an object can have 256 KiB together (Kubernetes, `TotalAnnotationSizeLimitB`). */
export const MAX_RESPONSE_BYTES = 65_536;
