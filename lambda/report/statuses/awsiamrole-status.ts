import { formatInstant } from '../../../contract/format-instant.ts';
import { SESSION_SECONDS } from '../../../contract/limits.ts';
import type { ItemOutcome } from '../../act/item-outcome.ts';
import type { AwsIamRoleStatus, Condition, ObservedAwsIamRole } from '../../observe/awsiamroles.ts';

/** The condition that says whether an AWSIAMRole has its credentials. */
const READY = 'Ready';

/** A condition's message may have 32,768 bytes; what STS says of a role is shorter. */
const MAX_MESSAGE_LENGTH = 1_024;

/** A status as it is written; null takes a field away. */
export type WrittenStatus = Omit<AwsIamRoleStatus, 'expiration' | 'roleARN'> & {
  readonly expiration: string | null;
  readonly roleARN: string | null;
};

/** What passes by itself. While there are credentials, it takes nothing from them. */
const TRANSIENT: ReadonlySet<string> = new Set(['sts-throttled', 'sts-failed', 'api-failed']);

/**
 * The status that an AWSIAMRole should have after a run, or undefined when it has it, or when the run did not come to an
 * end with it. `observedGeneration` says that a generation was looked at, with whatever result, as elsewhere in Kubernetes.
 */
export function awsIamRoleStatus(outcome: ItemOutcome, now: Date): WrittenStatus | undefined {
  const { awsIamRole, result, roleArn, expiresAt } = outcome;
  if (awsIamRole === undefined || result === 'deferred') return undefined;
  const isPassing = 'reason' in outcome && TRANSIENT.has(outcome.reason);
  if (isPassing && expiresAt !== undefined && expiresAt > now) return undefined;
  const { generation, status } = awsIamRole;
  const ready = readyCondition(outcome, awsIamRole, now);
  const isNews =
    status.observedGeneration !== generation ||
    (status.roleARN ?? '') !== roleArn ||
    status.expiration !== (expiresAt && formatInstant(expiresAt)) ||
    !isSame(conditionOf(status), ready);
  if (!isNews) return undefined;
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
    message: (isReady ? issuedMessage(outcome, awsIamRole) : outcome.message).slice(
      0,
      MAX_MESSAGE_LENGTH,
    ),
  };
}

function issuedMessage({ roleArn }: ItemOutcome, { roleSessionDuration }: ObservedAwsIamRole) {
  const issued = `the Secret holds credentials of ${roleArn}`;
  return (roleSessionDuration ?? 0) > SESSION_SECONDS
    ? `${issued}. A session lasts ${SESSION_SECONDS} s, not the ${roleSessionDuration} s of spec.roleSessionDuration: ` +
        'STS gives no longer one to whoever has a session itself, as a Lambda function has (role chaining)'
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

/** Reasons of conditions are one word in CamelCase (Kubernetes API conventions). */
function toPascalCase(reason: string): string {
  return reason.replace(/(?:^|-)([a-z])/g, (_, letter: string) => letter.toUpperCase());
}
