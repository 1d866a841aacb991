import pMap from 'p-map';
import type { Plan, PlanItem } from '../../decide/plan.ts';
import { isMarked } from '../../decide/secret-state.ts';
import { CONCURRENCY } from '../run-plan.ts';
import type { AssumeRole } from './assume-role.ts';
import { AssumeRoleError, type AssumeRoleFailure } from './assume-role-error.ts';

/** What came of trying to assume a role for a namespace. */
export interface TriedRole {
  readonly namespace: string;
  readonly roleArn: string;
  readonly canAssume: boolean;
  readonly reason?: AssumeRoleFailure;
  readonly explanation?: string;
}

/** What came of trying the roles of a plan. */
export interface TriedRoles {
  readonly tried: readonly TriedRole[];
  /** How many were left out, for there are more than are tried, or the time was over. */
  readonly notTried: number;
}

/** Each is a call to STS, and the answer of a function has an end. */
const MOST_TRIED = 500;

/**
 * Tries to assume each role that a plan would give or keep, once for each namespace, and lets go of the session. Of more
 * than five hundred the first are tried. When `signal` ends, the rest is left out.
 */
export async function tryRoles(
  assumeRole: AssumeRole,
  { items }: Plan,
  signal: AbortSignal,
): Promise<TriedRoles> {
  const byRole = new Map(
    items.filter(isInUse).map((item) => [`${item.namespace} ${item.roleArn}`, item]),
  );
  const tried = await pMap(
    [...byRole.values()].slice(0, MOST_TRIED),
    (item) => tryRole(assumeRole, item, signal),
    { concurrency: CONCURRENCY },
  );
  const done = tried.filter((one) => one !== undefined);
  return { tried: done, notTried: byRole.size - done.length };
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
