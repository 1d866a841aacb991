/**
 * The request for a watch of the pending pods of all namespaces.
 *
 * Without a version it begins with every pod that is pending now, as ADDED: `resourceVersion=0` means any state that the
 * server has, which costs it no look into etcd, and takes one line of memory at a time where a list takes a page.
 *
 * @param version - the place to go on from, or undefined to begin anew
 * @param seconds - after which the server ends the watch; it says how far the watch is shortly before
 */
export function watchPath(version: string | undefined, seconds: number): string {
  const query = new URLSearchParams({
    watch: 'true',
    fieldSelector: 'status.phase=Pending',
    allowWatchBookmarks: 'true',
    timeoutSeconds: String(seconds),
    resourceVersion: version ?? '0',
  });
  return `/api/v1/pods?${query}`;
}
