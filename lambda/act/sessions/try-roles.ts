import pMap from 'p-map';
import { SECRET_CONCURRENCY } from '../../../contract/limits.ts';
import type { Plan, PlanItem } from '../../decide/plan.ts';
import { isMarked } from '../../decide/secret-state.ts';
import type { AssumeRole } from './assume-role.ts';
import { AssumeRoleError, type AssumeRoleFailure } from './assume-role-error.ts';

/** Whether a role can be assumed for a namespace. */
export interface TriedRole {
  readonly namespace: string;
  readonly roleArn: string;
  readonly canAssume: boolean;
  readonly reason?: AssumeRoleFailure;
  readonly explanation?: string;
}

/** The roles of a plan that were tried. */
interface TriedRoles {
  readonly tried: readonly TriedRole[];
  /** How many roles were not tried, because of their number or for lack of time. */
  readonly notTried: number;
}

/** Each role is a call to STS, and Lambda limits the size of the response. */
const MAX_ROLES = 500;

/**
 * Tries to assume each role that a plan uses, once for each namespace, and discards the sessions. Tries the first 500
 * roles, until the signal aborts.
 */
export async function tryRoles(
  assumeRole: AssumeRole,
  { items }: Plan,
  signal: AbortSignal,
): Promise<TriedRoles> {
  const byRole = new Map(
    items.filter(isInUse).map((item) => [`${item.namespace} ${item.roleArn}`, item]),
  );
  const results = await pMap(
    [...byRole.values()].slice(0, MAX_ROLES),
    (item) => tryRole(assumeRole, item, signal),
    { concurrency: SECRET_CONCURRENCY },
  );
  const tried = results.filter((role) => role !== undefined);
  return { tried, notTried: byRole.size - tried.length };
}

function isInUse(item: PlanItem): boolean {
  switch (item.action) {
    case 'create':
    case 'renew':
    case 'unmark':
      return true;
    case 'keep':
      return item.pod !== undefined || !isMarked(item.secret);
    default:
      return false;
  }
}

async function tryRole(
  assumeRole: AssumeRole,
  item: PlanItem,
  signal: AbortSignal,
): Promise<TriedRole | undefined> {
  if (signal.aborted) return undefined;
  const { namespace, roleArn } = item;
  try {
    await assumeRole(item, signal);
    return { namespace, roleArn, canAssume: true };
  } catch (error) {
    if (signal.aborted) return undefined;
    if (!(error instanceof AssumeRoleError)) throw error;
    const { reason, message } = error;
    return { namespace, roleArn, canAssume: false, reason, explanation: message };
  }
}
