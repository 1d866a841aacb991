import { AWSIAMROLE } from '../../../contract/kubernetes/awsiamrole.ts';
import { sanitizeName } from '../../../contract/sanitize-name.ts';
import {
  explanationOf,
  heldRoleArn,
  type ItemOutcome,
  isOldNews,
  isTransient,
} from '../../act/item-outcome.ts';
import type { UnreadablePart } from '../../decide/plan.ts';
import { RECREATED_MESSAGE, shortenedSession } from '../explanations.ts';
import { type ClusterEvent, truncateNote } from './cluster-event.ts';
import type { EventHistory } from './event-history.ts';
import { POD_EVENT_REASON } from './pod-event-reasons.ts';

/** What happened to the Secret of an AWSIAMRole. */
export type AwsIamRoleEventInput = {
  readonly resource: { readonly namespace: string; readonly name: string; readonly uid: string };
  readonly secretName: string;
} & (
  | {
      readonly result: 'created' | 'updated' | 'recovered';
      readonly roleArn: string;
      /** When the credentials expire. */
      readonly expiresAt: Date;
      /** Why they expire earlier than requested. */
      readonly limit?: string | undefined;
    }
  | {
      readonly result: 'no-credentials';
      /** The role as `spec.roleReference` names it. */
      readonly roleReference: string;
      readonly message: string;
    }
  | { readonly result: 'not-created' | 'not-updated'; readonly message: string }
  | { readonly result: 'terminating'; readonly notice: string }
  | { readonly result: 'deleted' }
  | {
      readonly result: 'unreadable';
      /** The annotation that cannot be parsed. Its value is never shown. */
      readonly part: UnreadablePart;
    }
);

/** Maximum length of a role ARN: 512 characters of path, 64 of name, 12 of account ID, and the rest. */
const MAX_REFERENCE_LENGTH = 640;

/**
 * Returns the Events of a pass about AWSIAMRoles, with the reasons and notes of Zalando's kube-aws-iam-controller, so that
 * existing tools can read them. Valid credentials that were kept have an Event only after a Warning.
 */
export function awsIamRoleEvents(
  outcomes: readonly ItemOutcome[],
  wasWarned: EventHistory['wasWarned'],
): readonly ClusterEvent[] {
  return outcomes.flatMap((outcome) => {
    const { awsIamRole, name } = outcome;
    if (awsIamRole === undefined) return [];
    return resultsOf(outcome, () => wasWarned(awsIamRole, name)).map((result) =>
      awsIamRoleEvent({ resource: awsIamRole, secretName: name, ...result }),
    );
  });
}

function resultsOf(outcome: ItemOutcome, wasWarned: () => boolean): readonly Result[] {
  const { unreadable, notice } = outcome;
  const isFine = unreadable === undefined && notice === undefined;
  const isRepeated = isOldNews(outcome) && wasWarned();
  const result = isRepeated ? undefined : resultOf(outcome, () => isFine && wasWarned());
  const isNoticed = notice !== undefined && !('reason' in outcome);
  return [
    ...(unreadable === undefined ? [] : [{ result: 'unreadable', part: unreadable } as const]),
    ...(result === undefined ? [] : [result]),
    ...(isNoticed ? [{ result: 'terminating', notice } as const] : []),
  ];
}

type Result = AwsIamRoleEventInput extends infer N
  ? N extends unknown
    ? Omit<N, 'resource' | 'secretName'>
    : never
  : never;

/**
 * Selects what has an Event. Throttling, server errors and deferred Secrets have none: if they last, the status reports them.
 */
function resultOf(outcome: ItemOutcome, wasWarned: () => boolean): Result | undefined {
  const { roleArn, expiresAt, awsIamRole } = outcome;
  const limit = awsIamRole && shortenedSession(outcome);
  switch (outcome.result) {
    case 'created':
      if (outcome.isRecreated) return { result: 'deleted' };
      return expiresAt && { result: 'created', roleArn, expiresAt, limit };
    case 'renewed':
      return expiresAt && { result: 'updated', roleArn, expiresAt, limit };
    case 'kept': {
      const held = heldRoleArn(outcome);
      if (expiresAt === undefined || held === undefined || !wasWarned()) return undefined;
      return { result: 'recovered', roleArn: held, expiresAt };
    }
    case 'refused':
    case 'failed':
      return failureOf(outcome, awsIamRole?.roleReference ?? '');
    default:
      return undefined;
  }
}

function failureOf(
  outcome: Extract<ItemOutcome, { result: 'refused' | 'failed' }>,
  roleReference: string,
): Result | undefined {
  if (isTransient(outcome)) return undefined;
  const { reason, action } = outcome;
  const message = explanationOf(outcome);
  switch (reason) {
    case 'namespace-terminating':
      return undefined;
    case 'name-taken':
    case 'secret-of-earlier-resource':
      return { result: 'not-created', message };
    case 'owned-by-another':
    case 'awsiamrole-terminating':
    case 'secret-immutable':
      return { result: 'not-updated', message };
    case 'api-refused':
      return { result: action === 'create' ? 'not-created' : 'not-updated', message };
    default:
      return { result: 'no-credentials', roleReference, message };
  }
}

/** Creates one Event. */
export function awsIamRoleEvent(input: AwsIamRoleEventInput): ClusterEvent {
  const { resource, secretName } = input;
  const { namespace, name, uid } = resource;
  const { type, reason, note } = contentOf(input);
  return {
    regarding: {
      apiVersion: AWSIAMROLE.apiVersion,
      kind: AWSIAMROLE.kind,
      namespace,
      name,
      uid,
    },
    secretName,
    type,
    reason,
    note: truncateNote(note),
  };
}

function contentOf(input: AwsIamRoleEventInput): Pick<ClusterEvent, 'type' | 'reason' | 'note'> {
  const secret = `${input.resource.namespace}/${input.secretName}`;
  switch (input.result) {
    case 'created':
      return {
        type: 'Normal',
        reason: 'CreateCredentials',
        note: `Created credentials for role '${input.roleArn}', expiry time: ${expiryTime(input)}`,
      };
    case 'updated':
      return {
        type: 'Normal',
        reason: 'UpdateCredentials',
        note: `Updated credentials for role '${input.roleArn}', expiry time: ${expiryTime(input)}`,
      };
    case 'recovered':
      return {
        type: 'Normal',
        reason: POD_EVENT_REASON.credentialsRecovered,
        note: `Credentials for role '${input.roleArn}' are valid, expiry time: ${goTime(input.expiresAt)}`,
      };
    case 'no-credentials': {
      const role = sanitizeName(input.roleReference, MAX_REFERENCE_LENGTH);
      return warning(
        'GetCredentialsFailed',
        `Failed to get credentials for role '${role}': ${input.message}`,
      );
    }
    case 'not-created':
      return warning(
        'CreateSecretFailed',
        `Failed to create secret ${secret} with credentials: ${input.message}`,
      );
    case 'not-updated':
      return warning(
        'UpdateSecretFailed',
        `Failed to update secret ${secret} with credentials: ${input.message}`,
      );
    case 'deleted':
      return warning(POD_EVENT_REASON.secretDeleted, `Secret ${secret}: ${RECREATED_MESSAGE}`);
    case 'terminating':
      return warning(POD_EVENT_REASON.secretTerminating, `Secret ${secret}: ${input.notice}`);
    case 'unreadable':
      return warning('ReadSecretFailed', `Failed to parse ${input.part} from secret ${secret}`);
  }
}

function warning(reason: string, note: string): Pick<ClusterEvent, 'type' | 'reason' | 'note'> {
  return { type: 'Warning', reason, note };
}

function expiryTime({
  expiresAt,
  limit,
}: {
  readonly expiresAt: Date;
  readonly limit?: string | undefined;
}) {
  return `${goTime(expiresAt)}${limit === undefined ? '' : `; ${limit}`}`;
}

/** Formats a time in UTC as Go does, in whole seconds. */
function goTime(instant: Date): string {
  return instant
    .toISOString()
    .replace('T', ' ')
    .replace(/\.\d{3}Z$/, ' +0000 UTC');
}
