import type { WatchSubject } from './watch-subject.ts';

/**
 * The request for a watch of all namespaces.
 *
 * Without a version it begins with everything that is there now, as ADDED: `resourceVersion=0` means any state that the
 * server has, which costs it no look into etcd, and takes one line of memory at a time where a list takes a page.
 *
 * @param version - the place to go on from, or undefined to begin anew
 * @param seconds - after which the server ends the watch; it says how far the watch is shortly before
 */
export function watchPath(
  { path, fieldSelector }: Pick<WatchSubject, 'path' | 'fieldSelector'>,
  version: string | undefined,
  seconds: number,
): string {
  const query = new URLSearchParams({
    watch: 'true',
    ...(fieldSelector !== undefined && { fieldSelector }),
    allowWatchBookmarks: 'true',
    timeoutSeconds: String(seconds),
    resourceVersion: version ?? '0',
  });
  return `${path}?${query}`;
}
