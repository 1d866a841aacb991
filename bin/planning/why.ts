import { formatInstant } from '../../contract/format-instant.ts';
import { GRACE_SECONDS } from '../../contract/limits.ts';
import type { OwnItem, PlanItem } from '../../lambda/decide/plan.ts';
import type { PlanContext } from '../../lambda/decide/plan.ts';
import { generationOf, renewalDueAt, unusedSince } from '../../lambda/decide/secret-state.ts';

const GRACE_MINUTES = GRACE_SECONDS / 60;

/** Why a plan does with a Secret what it does, in a sentence. */
export function whyOf(item: PlanItem, context: PlanContext): string {
  switch (item.action) {
    case 'create':
      return 'it is wanted, and not there';
    case 'refuse':
    case 'defer':
      return item.message;
    case 'renew':
      return whyRenewed(item, context);
    case 'unmark':
      return 'a pod mounts it again';
    case 'mark':
      return `no pod mounts it; it is removed when that has been so for ${GRACE_MINUTES} minutes`;
    case 'remove':
      return `no pod has mounted it since ${sinceOf(item, context)}`;
    case 'keep':
      return whyKept(item, context);
  }
}

function whyRenewed(item: OwnItem, context: PlanContext): string {
  const { awsIamRole, expiresAt, secret } = item;
  if (expiresAt === undefined) return 'nothing credible says when its credentials end';
  const generation = generationOf(secret);
  if (awsIamRole !== undefined && generation !== awsIamRole.generation) {
    const madeFor = generation === undefined ? 'no known generation' : `generation ${generation}`;
    return `it was made for ${madeFor} of the AWSIAMRole, which is at ${awsIamRole.generation}`;
  }
  return `its renewal is due since ${dueAtOf(item, expiresAt, context)}`;
}

function whyKept(item: OwnItem, context: PlanContext): string {
  const { expiresAt, secret, pod } = item;
  if (pod === undefined && unusedSince(secret, context.now) !== undefined) {
    return `no pod has mounted it since ${sinceOf(item, context)}; it is removed when that has been so for ${GRACE_MINUTES} minutes`;
  }
  return expiresAt === undefined
    ? 'nothing credible says when its credentials end, and no pod that wants it was seen'
    : `its renewal is due at ${dueAtOf(item, expiresAt, context)}`;
}

function sinceOf({ secret }: OwnItem, { now }: PlanContext): string {
  const since = unusedSince(secret, now);
  return since === undefined ? 'an unknown time' : formatInstant(since);
}

function dueAtOf(item: OwnItem, expiresAt: Date, { refreshBeforeSeconds }: PlanContext): string {
  return formatInstant(renewalDueAt(item, expiresAt, refreshBeforeSeconds));
}
