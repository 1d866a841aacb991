import { formatInstant } from '../../../contract/format-instant.ts';
import { SESSION_SECONDS } from '../../../contract/limits.ts';
import { explanationOf, type ItemOutcome, isOldNews } from '../../act/item-outcome.ts';
import type { AwsIamRoleStatus, Condition, ObservedAwsIamRole } from '../../observe/awsiamroles.ts';

/** Type of the condition that reports whether the Secret holds valid credentials. */
const READY = 'Ready';

/** Maximum length of the condition's message. The API allows 32,768 bytes. */
const MAX_MESSAGE_LENGTH = 1_024;

/** A status to write. Null removes a field. */
export type WrittenStatus = Omit<AwsIamRoleStatus, 'expiration' | 'roleARN'> & {
  readonly expiration: string | null;
  readonly roleARN: string | null;
};

/** Reasons that resolve without a change. They do not affect the status while the credentials are valid. */
const TRANSIENT: ReadonlySet<string> = new Set(['sts-throttled', 'sts-failed', 'api-failed']);

/**
 * Returns the status that an outcome requires, or undefined if the AWSIAMRole has it already or was deferred.
 * `observedGeneration` is the last generation that was processed, whatever the result, as elsewhere in Kubernetes.
 */
export function awsIamRoleStatus(outcome: ItemOutcome, now: Date): WrittenStatus | undefined {
  const { awsIamRole, result, roleArn, expiresAt } = outcome;
  if (awsIamRole === undefined || result === 'deferred') return undefined;
  const isTransient = 'reason' in outcome && TRANSIENT.has(outcome.reason);
  if (isTransient && expiresAt !== undefined && expiresAt > now) return undefined;
  const { generation, status } = awsIamRole;
  const isReported =
    status.observedGeneration === generation && conditionOf(status)?.status === 'False';
  if (isReported && isOldNews(outcome)) return undefined;
  const ready = readyCondition(outcome, awsIamRole, now);
  const hasChanged =
    status.observedGeneration !== generation ||
    (status.roleARN ?? '') !== roleArn ||
    status.expiration !== (expiresAt && formatInstant(expiresAt)) ||
    !isSame(conditionOf(status), ready);
  if (!hasChanged) return undefined;
  const others = status.conditions?.filter(({ type }) => type !== READY) ?? [];
  return {
    observedGeneration: generation,
    roleARN: roleArn === '' ? null : roleArn,
    expiration: expiresAt === undefined ? null : formatInstant(expiresAt),
    conditions: [...others, ready],
  };
}

function readyCondition(
  outcome: ItemOutcome,
  awsIamRole: ObservedAwsIamRole,
  now: Date,
): Condition {
  const before = conditionOf(awsIamRole.status);
  const isReady = !('reason' in outcome);
  const status = isReady ? 'True' : 'False';
  return {
    type: READY,
    status,
    observedGeneration: awsIamRole.generation,
    lastTransitionTime: before?.status === status ? before.lastTransitionTime : formatInstant(now),
    reason: isReady ? 'CredentialsIssued' : toPascalCase(outcome.reason),
    message: (isReady ? issuedMessage(outcome, awsIamRole) : explanationOf(outcome)).slice(
      0,
      MAX_MESSAGE_LENGTH,
    ),
  };
}

function issuedMessage(
  { roleArn, notice }: ItemOutcome,
  { roleSessionDuration }: ObservedAwsIamRole,
) {
  const held = notice === undefined ? '' : `; ${notice}`;
  const issued = `the Secret holds credentials of ${roleArn}${held}`;
  return (roleSessionDuration ?? 0) > SESSION_SECONDS
    ? `${issued}. The session lasts ${SESSION_SECONDS} s instead of the ${roleSessionDuration} s of spec.roleSessionDuration: ` +
        'STS limits sessions to one hour when a role assumes another role (role chaining)'
    : issued;
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
