import { MINUTE } from '../virtual-time.ts';
import {
  allowsRolesAtGreatExpense,
  changesTheNamespace,
  createsAwsIamRoles,
  deleteAwsIamRoles,
  forgesManagedSecrets,
  makesSecretsUnwritable,
} from './object-attacks.ts';
import {
  createsAndDeletesPods,
  deletePod,
  deletesAllPodsAtOnce,
  forgesEvents,
  namesThousandsOfSecrets,
  requestsMissingRoles,
} from './pod-attacks.ts';
import { allowRoles, type HostileTenantDeps, objectsIn, type Tenant } from './tenant.ts';

/** What the tenant did. */
export interface HostileCounts {
  attacks: number;
}

/** Attacks once. Undoes later what would slow down the rest of the simulation. */
type Attack = (tenant: Tenant) => void;

/** Creates the namespace and attacks at random times, in the ways that the seed chooses. */
export function startHostileTenant(deps: HostileTenantDeps): HostileCounts {
  const { cluster, time, random, until } = deps;
  const counts: HostileCounts = { attacks: 0 };
  let names = 0;
  const tenant: Tenant = { ...deps, newName: (prefix) => `${prefix}${++names}` };
  allowRoles(cluster, '["*"]', 'POST');
  const chosen = ATTACKS.filter(() => random.chance(0.25));
  for (const attack of chosen) {
    const mean = random.pick([20, 50, 120]) * MINUTE;
    const next = () =>
      time.after(random.wait(mean), () => {
        if (time.elapsed >= until) return;
        counts.attacks += 1;
        attack(tenant);
        next();
      });
    next();
  }
  // The last attack: most Secrets of the cluster are unused at once.
  time.after(until, () => {
    for (const { metadata } of objectsIn(cluster, 'pods')) deletePod(cluster, metadata.name);
    deleteAwsIamRoles(cluster);
  });
  return counts;
}

const ATTACKS: readonly Attack[] = [
  namesThousandsOfSecrets,
  createsAwsIamRoles,
  createsAndDeletesPods,
  forgesEvents,
  requestsMissingRoles,
  makesSecretsUnwritable,
  deletesAllPodsAtOnce,
  allowsRolesAtGreatExpense,
  changesTheNamespace,
  forgesManagedSecrets,
];
