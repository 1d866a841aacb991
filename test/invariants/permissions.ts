import type { ChangeFact, TrackedObject } from './facts.ts';
import { readAllowedRoles } from './read-objects.ts';

/** Which roles namespaces allow, and since when. Times are in milliseconds. */
interface Permissions {
  record(at: number, fact: ChangeFact): void;
  /** Returns since when the namespace has allowed the role; undefined if it does not, or is terminating. */
  allowedSince(namespace: string, role: string): number | undefined;
  /** Whether the namespace allows the role, or did when a pass that still runs read it. */
  allowedRecently(namespace: string, role: string, at: number): boolean;
}

/** Maximum duration of a pass, in ms. A pass need not know what happened after its first read. */
export const MAX_PASS_MS = 60_000;

interface Permission {
  readonly at: number;
  readonly allows: (role: string) => boolean;
}

/** Creates permissions without namespaces. */
export function createPermissions(): Permissions {
  const namespaces = new Map<
    string,
    { readonly object: TrackedObject; readonly permissions: readonly Permission[] }
  >();

  return {
    record(at, { type, object }) {
      const { name } = object.metadata;
      const known = namespaces.get(name);
      const permissions = known?.permissions ?? [];
      // A pass that still runs may have read an earlier permission.
      const recent = permissions.filter(
        (_, i) => (permissions[i + 1]?.at ?? at) >= at - MAX_PASS_MS,
      );
      const unchangedSince = isSameAnnotation(known?.object, object)
        ? recent.at(-1)?.at
        : undefined;
      const current =
        type === 'DELETED'
          ? { at, allows: () => false }
          : { at: unchangedSince ?? at, allows: readAllowedRoles(object) };
      namespaces.set(name, { object, permissions: [...recent, current] });
    },
    allowedSince(namespace, role) {
      const known = namespaces.get(namespace);
      if (known === undefined || known.object.metadata.deletionTimestamp !== undefined) {
        return undefined;
      }
      let since: number | undefined;
      for (const { at, allows } of known.permissions) {
        since = allows(role) ? (since ?? at) : undefined;
      }
      return since;
    },
    allowedRecently(namespace, role, at) {
      const { permissions = [] } = namespaces.get(namespace) ?? {};
      return permissions.some(({ allows }, i) => {
        const endedAt = permissions[i + 1]?.at ?? Number.POSITIVE_INFINITY;
        return endedAt >= at - MAX_PASS_MS && allows(role);
      });
    },
  };
}

function isSameAnnotation(before: TrackedObject | undefined, after: TrackedObject): boolean {
  return (
    before?.metadata.uid === after.metadata.uid &&
    JSON.stringify(before.metadata.annotations) === JSON.stringify(after.metadata.annotations)
  );
}
