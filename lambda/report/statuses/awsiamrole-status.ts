import { formatInstant } from '../../../contract/format-instant.ts';
import {
  explanationOf,
  heldRoleArn,
  type ItemOutcome,
  isOldNews,
  isTransient,
} from '../../act/item-outcome.ts';
import type { AwsIamRoleStatus, Condition, ObservedAwsIamRole } from '../../observe/awsiamroles.ts';
import { cutLabels, RECREATED_MESSAGE, shortenedSession } from '../explanations.ts';
import { isLasting } from '../is-lasting.ts';

/** Type of the condition that reports whether the Secret holds valid credentials. */
const READY = 'Ready';

/** Maximum length of the condition's message. The API allows 32,768 bytes. */
const MAX_MESSAGE_LENGTH = 1_024;

/** A status to write. Null removes a field. */
export type WrittenStatus = Omit<
  AwsIamRoleStatus,
  'expiration' | 'roleARN' | 'areConditionsCut'
> & {
  readonly expiration: string | null;
  readonly roleARN: string | null;
};

/**
 * Returns the status that an outcome requires, or undefined if the AWSIAMRole has it already. It states what the Secret
 * holds: until outdated credentials are renewed, those of the earlier role. `observedGeneration` is the last generation
 * that was processed, whatever the result, as elsewhere in Kubernetes.
 */
export function awsIamRoleStatus(outcome: ItemOutcome, now: Date): WrittenStatus | undefined {
  const { awsIamRole, expiresAt } = outcome;
  if (awsIamRole === undefined || isPassing(outcome, awsIamRole, now)) return undefined;
  const { generation, status } = awsIamRole;
  const roleArn = expiresAt && heldRoleArn(outcome);
  // Nobody knows what it holds until it is renewed.
  if (outcome.result === 'kept' && roleArn === undefined) return undefined;
  if (isReported(awsIamRole) && isOldNews(outcome)) return undefined;
  const ready = readyCondition(outcome, awsIamRole, now);
  const fields = {
    observedGeneration: generation,
    roleARN: roleArn ?? null,
    expiration: expiresAt === undefined ? null : formatInstant(expiresAt),
  };
  if (hasFields(status, fields) && isSame(conditionOf(status), ready)) return undefined;
  return { ...fields, ...conditionsWith(status, ready) };
}

/** Returns the conditions to write: none if not all were read, because a merge patch would remove the others. */
function conditionsWith(
  { conditions = [], areConditionsCut }: AwsIamRoleStatus,
  ready: Condition,
): Pick<AwsIamRoleStatus, 'conditions'> {
  if (areConditionsCut) return {};
  return { conditions: [...conditions.filter(({ type }) => type !== READY), ready] };
}

/** Whether the status reports a problem of the current generation. */
function isReported({ generation, status }: ObservedAwsIamRole): boolean {
  return status.observedGeneration === generation && conditionOf(status)?.status === 'False';
}

function hasFields(
  { observedGeneration, roleARN, expiration }: AwsIamRoleStatus,
  fields: Omit<WrittenStatus, 'conditions'>,
): boolean {
  return (
    observedGeneration === fields.observedGeneration &&
    (roleARN ?? null) === fields.roleARN &&
    (expiration ?? null) === fields.expiration
  );
}

/** Whether the next pass may already have another outcome, and nobody is about to lack credentials. */
function isPassing(
  outcome: ItemOutcome,
  { createdAt, status }: ObservedAwsIamRole,
  now: Date,
): boolean {
  if (!('reason' in outcome)) return false;
  // The Secret may hold what the status says.
  const isUnknown = outcome.reason === 'secrets-unknown' && status.expiration !== undefined;
  if (isUnknown && Date.parse(status.expiration) > now.getTime()) return true;
  // A failure without credentials is reported at once.
  const mayPass =
    outcome.result === 'deferred' || (isTransient(outcome) && outcome.expiresAt !== undefined);
  return mayPass && !isLasting(outcome, createdAt, now);
}

function readyCondition(
  outcome: ItemOutcome,
  awsIamRole: ObservedAwsIamRole,
  now: Date,
): Condition {
  const before = conditionOf(awsIamRole.status);
  const { reason, message } = readiness(outcome, awsIamRole);
  const status = reason === READY_REASON ? 'True' : 'False';
  return {
    type: READY,
    status,
    observedGeneration: awsIamRole.generation,
    lastTransitionTime: before?.status === status ? before.lastTransitionTime : formatInstant(now),
    reason,
    message: message.slice(0, MAX_MESSAGE_LENGTH),
  };
}

/** The reason of a condition that is True. */
const READY_REASON = 'CredentialsIssued';

function readiness(
  outcome: ItemOutcome,
  awsIamRole: ObservedAwsIamRole,
): Pick<Condition, 'reason' | 'message'> {
  if ('reason' in outcome) {
    return { reason: toPascalCase(outcome.reason), message: explanationOf(outcome) };
  }
  // It will be missing again in a moment.
  if (outcome.isRecreated) return { reason: 'SecretDeleted', message: RECREATED_MESSAGE };
  return { reason: READY_REASON, message: issuedMessage(outcome, awsIamRole) };
}

function issuedMessage(outcome: ItemOutcome, awsIamRole: ObservedAwsIamRole): string {
  const issued = `the Secret holds credentials of ${heldRoleArn(outcome)}`;
  const details = [outcome.notice, shortenedSession(outcome), cutLabels(awsIamRole)];
  return [issued, ...details.filter((detail) => detail !== undefined)].join('; ');
}

function conditionOf({ conditions }: AwsIamRoleStatus): Condition | undefined {
  return conditions?.find(({ type }) => type === READY);
}

function isSame(before: Condition | undefined, after: Condition): boolean {
  return (
    before?.status === after.status &&
    before.reason === after.reason &&
    before.message === after.message &&
    before.observedGeneration === after.observedGeneration
  );
}

/** Converts a reason to PascalCase (Kubernetes API conventions). */
function toPascalCase(reason: string): string {
  return reason.replace(/(?:^|-)([a-z])/g, (_, letter: string) => letter.toUpperCase());
}
