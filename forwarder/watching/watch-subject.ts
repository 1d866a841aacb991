import { AWSIAMROLE } from '../../contract/awsiamrole.ts';
import type { SeenRequest } from '../sending/seen-request.ts';
import { findPodRequests } from './find-pod-requests.ts';
import { findResourceRequests } from './find-resource-requests.ts';
import type { Sight } from './watch-event.ts';

/** A kind of object whose changes are watched in all namespaces. */
export interface WatchSubject {
  /** Its plural, as in its path. */
  readonly resource: 'pods' | 'awsiamroles';
  /** What is watched of it, in words. */
  readonly what: string;
  readonly path: string;
  /** Selects what is of interest; all is when it is left out. */
  readonly fieldSelector?: string;
  /** Whether a cluster may be without such a resource, and is well all the same. */
  readonly isOptional: boolean;
  /**
   * What an object wants, now that it was seen.
   *
   * @throws when the object cannot be read
   */
  findWants(sight: Sight, seenAt: Date): readonly SeenRequest[];
}

/** A pod waits for its Secrets while it is pending: there are few of these, however many run. */
export const PENDING_PODS: WatchSubject = {
  resource: 'pods',
  what: 'pending pods',
  path: '/api/v1/pods',
  fieldSelector: 'status.phase=Pending',
  isOptional: false,
  findWants: findPodRequests,
};

/** Resources whose credentials are to be made, or made anew. */
export const AWSIAMROLES: WatchSubject = {
  resource: AWSIAMROLE.plural,
  what: `${AWSIAMROLE.kind}s`,
  path: `/apis/${AWSIAMROLE.apiVersion}/${AWSIAMROLE.plural}`,
  isOptional: true,
  findWants: findResourceRequests,
};
