import { AWSIAMROLE } from '../../contract/kubernetes/awsiamrole.ts';
import type { SeenRequest } from '../sending/batch.ts';
import { findPodRequests, findResourceRequests } from './find-requests.ts';
import type { ObjectChange } from './watch-event.ts';

/** A resource that is watched in all namespaces. */
export interface WatchedResource {
  /** Its plural, as in paths. */
  readonly resource: 'pods' | 'awsiamroles';
  /** What is watched, for log messages. */
  readonly description: string;
  readonly path: string;
  /** All objects when absent. */
  readonly fieldSelector?: string;
  /** Whether the resource may be missing in a cluster, without a failure. */
  readonly isOptional: boolean;
  /**
   * Returns the credentials that a changed object requests.
   *
   * @throws when the object cannot be read
   */
  findRequests(change: ObjectChange, seenAt: Date): readonly SeenRequest[];
}

/** A pod waits for its Secrets while it is pending, so few objects match however many pods run. */
export const PENDING_PODS: WatchedResource = {
  resource: 'pods',
  description: 'pending pods',
  path: '/api/v1/pods',
  fieldSelector: 'status.phase=Pending',
  isOptional: false,
  findRequests: findPodRequests,
};

export const AWSIAMROLES: WatchedResource = {
  resource: AWSIAMROLE.plural,
  description: `${AWSIAMROLE.kind}s`,
  path: `/apis/${AWSIAMROLE.apiVersion}/${AWSIAMROLE.plural}`,
  isOptional: true,
  findRequests: findResourceRequests,
};

/**
 * Returns the path of a watch of all namespaces.
 *
 * Without a `resourceVersion`, the watch starts with all existing objects as ADDED events: `resourceVersion=0` accepts
 * any state in the server's cache, so etcd is not read, and memory is needed for one line at a time instead of one page
 * of a list.
 *
 * @param resourceVersion - where to resume; undefined to start with all existing objects
 * @param seconds - after which the server ends the watch, shortly after a bookmark
 */
export function watchPath(
  { path, fieldSelector }: Pick<WatchedResource, 'path' | 'fieldSelector'>,
  resourceVersion: string | undefined,
  seconds: number,
): string {
  const query = new URLSearchParams({
    watch: 'true',
    ...(fieldSelector !== undefined && { fieldSelector }),
    allowWatchBookmarks: 'true',
    timeoutSeconds: String(seconds),
    resourceVersion: resourceVersion ?? '0',
  });
  return `${path}?${query}`;
}
