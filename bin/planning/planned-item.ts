import { formatInstant } from '../../contract/format-instant.ts';
import { BRAKE, GRACE_PERIOD_SECONDS } from '../../contract/limits.ts';
import type { ExistingItem, PlanContext, PlanItem } from '../../lambda/decide/plan.ts';
import { generationOf, renewalDueAt, unusedSince } from '../../lambda/decide/secret-state.ts';
import { shortenedSession } from '../../lambda/report/explanations.ts';

/** The item of a plan as `--output json` prints it. `plan`, `status` and `explain` share these fields. */
export interface PlannedItem {
  readonly namespace: string;
  readonly secret: string;
  /** Name of the role with its path below `baseRoleArn`, or the ARN of a role elsewhere; empty if malformed. */
  readonly role: string;
  readonly roleArn: string;
  /** The AWSIAMRole that owns the Secret. */
  readonly awsIamRole?: string;
  readonly expiresAt?: string;
  /** Why the plan contains the action, as a sentence. */
  readonly why: string;
}

/** Converts the item of a plan to its JSON form. */
export function plannedItem(item: PlanItem, context: PlanContext): PlannedItem {
  const { namespace, name, role, roleArn, awsIamRole, expiresAt } = item;
  return {
    namespace,
    secret: name,
    role,
    roleArn,
    ...(awsIamRole === undefined ? {} : { awsIamRole: awsIamRole.name }),
    ...(expiresAt === undefined ? {} : { expiresAt: formatInstant(expiresAt) }),
    why: reasonFor(item, context),
  };
}

const GRACE_MINUTES = GRACE_PERIOD_SECONDS / 60;

/** Returns why a plan contains an action, as a sentence. */
export function reasonFor(item: PlanItem, context: PlanContext): string {
  switch (item.action) {
    case 'create':
      return 'it is requested and does not exist';
    case 'refuse':
    case 'defer':
      return item.message;
    case 'renew':
      return reasonToRenew(item, context);
    case 'unmark':
      return 'a pod mounts it again';
    case 'mark':
      if (item.sightings !== undefined) return heldBack(item, context);
      return `no pod mounts it; it is removed after ${GRACE_MINUTES} minutes of disuse`;
    case 'remove':
      return `no pod has mounted it since ${unusedSinceText(item, context)}`;
    case 'keep':
      return reasonToKeep(item, context);
  }
}

function reasonToRenew(item: ExistingItem, context: PlanContext): string {
  const { awsIamRole, expiresAt, secret } = item;
  if (awsIamRole !== undefined && secret.owners.length === 0) {
    return 'it has no owner, and the AWSIAMRole of its name takes it over';
  }
  if (expiresAt === undefined) return 'its expiry is missing or invalid';
  const generation = generationOf(secret);
  if (awsIamRole !== undefined && generation !== awsIamRole.generation) {
    const created = generation === undefined ? 'an unknown generation' : `generation ${generation}`;
    return `it was created for ${created} of the AWSIAMRole, which is at ${awsIamRole.generation}`;
  }
  const dueAt = renewalDueAt(item, expiresAt, context.refreshBeforeSeconds);
  if (item.outdated !== undefined && context.now < dueAt) return OUTDATED;
  if (context.now < dueAt) return SPOT_CHECK;
  return `its renewal has been due since ${formatInstant(dueAt)}`;
}

const OUTDATED =
  'its credentials were issued for another configuration: another role, session name, external ID, intermediate role, ' +
  'duration or other session tags';

const SPOT_CHECK =
  'it is renewed early as a spot check: other credentials are overdue, and this shows whether their own roles are the cause';

function reasonToKeep(item: ExistingItem, context: PlanContext): string {
  const { expiresAt, secret, pod } = item;
  const since = pod === undefined ? unusedSince(secret, context.now) : undefined;
  if (since !== undefined) {
    const unusedMinutes = (context.now.getTime() - since.getTime()) / 60_000;
    if (secret.deletion === undefined && unusedMinutes >= GRACE_MINUTES) {
      return heldBack(item, context);
    }
    return `no pod has mounted it since ${unusedSinceText(item, context)}; it is removed after ${GRACE_MINUTES} minutes of disuse`;
  }
  if (item.outdated !== undefined) return `${OUTDATED}; it is renewed within five minutes`;
  return expiresAt === undefined
    ? 'its expiry is missing or invalid, and no pod requests it'
    : [`its renewal is due at ${dueAtText(item, expiresAt, context)}`, shortenedSession(item)]
        .filter((text) => text !== undefined)
        .join('; ');
}

const RELEASE_HOURS = BRAKE.releaseSeconds / 3_600;

/** A Secret whose removal is due, but suspicious together with others. */
function heldBack(item: ExistingItem, context: PlanContext): string {
  return `no pod has mounted it since ${unusedSinceText(item, context)}; it is removed after ${RELEASE_HOURS} hours of disuse, because most Secrets of its namespace, or of most namespaces, are unused`;
}

function unusedSinceText({ secret }: ExistingItem, { now }: PlanContext): string {
  const since = unusedSince(secret, now);
  return since === undefined ? 'an unknown time' : formatInstant(since);
}

function dueAtText(
  item: ExistingItem,
  expiresAt: Date,
  { refreshBeforeSeconds }: PlanContext,
): string {
  return formatInstant(renewalDueAt(item, expiresAt, refreshBeforeSeconds));
}
