import type { StoredObject } from '../../../../local/kubernetes/objects/stored-object.ts';
import { patch, type SimulatedCluster } from '../cluster.ts';
import type { EventBus } from '../event-bus.ts';
import type { Random } from '../random.ts';
import type { VirtualTime } from '../virtual-time.ts';

/** The namespace of a tenant who attacks the others, and does what its RBAC allows. */
export const HOSTILE_NAMESPACE = 'hostile';

/** Roles with this prefix do not exist: STS denies them. */
export const MISSING_ROLE_PREFIX = 'role-missing-';

export const IN_NAMESPACE = `/api/v1/namespaces/${HOSTILE_NAMESPACE}`;

/** Numbers of objects, usually a dozen. */
export const MANY = [12, 12, 12, 25, 25, 80];

/** What an attack works with. */
export interface HostileTenantDeps {
  readonly cluster: SimulatedCluster;
  readonly time: VirtualTime;
  readonly random: Random;
  /** The tenant has got hold of the forwarder's credentials. */
  readonly bus: EventBus;
  /** The namespaces and roles of the others. */
  readonly namespaces: readonly string[];
  readonly roles: readonly string[];
  /** When the attacks end, in milliseconds since the start. */
  readonly until: number;
}

/** The tenant, during its attacks. */
export interface Tenant extends HostileTenantDeps {
  /** Returns a name that was not used yet. */
  readonly newName: (prefix: string) => string;
}

/** Returns its objects. */
export function objectsIn(cluster: SimulatedCluster, collection: string): readonly StoredObject[] {
  return cluster.store
    .snapshot(collection)
    .objects.filter(({ metadata }) => metadata.namespace === HOSTILE_NAMESPACE);
}

/** Creates or changes the namespace, with the roles that it allows. */
export function allowRoles(
  cluster: SimulatedCluster,
  patterns: string,
  method: 'PATCH' | 'POST' = 'PATCH',
): void {
  const metadata = {
    name: HOSTILE_NAMESPACE,
    annotations: { 'iam.amazonaws.com/allowed-roles': patterns },
  };
  if (method === 'POST') cluster.asAdmin('POST', '/api/v1/namespaces', { metadata });
  else patch(cluster, IN_NAMESPACE, { metadata });
}
