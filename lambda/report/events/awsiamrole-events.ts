import { AWSIAMROLE } from '../../../contract/awsiamrole.ts';
import type { ItemOutcome } from '../../act/item-outcome.ts';
import type { UnreadablePart } from '../../decide/plan.ts';
import { truncateNote, type ClusterEvent, sanitizeName } from './cluster-event.ts';
import { POD_EVENT_REASON } from './pod-events.ts';

/** What came of the Secret that an AWSIAMRole asks for. */
export type AwsIamRoleEventInput = {
  readonly resource: { readonly namespace: string; readonly name: string; readonly uid: string };
  readonly secretName: string;
} & (
  | {
      readonly result: 'created' | 'updated' | 'recovered';
      readonly roleArn: string;
      /** When the new credentials end. */
      readonly expiresAt: Date;
    }
  | {
      readonly result: 'no-credentials';
      /** The role as the resource names it. */
      readonly roleReference: string;
      readonly message: string;
    }
  | { readonly result: 'not-created' | 'not-updated'; readonly message: string }
  | {
      readonly result: 'unreadable';
      /** What of the Secret cannot be read; its value is never shown. */
      readonly part: UnreadablePart;
    }
);

/** An ARN of a role has at most 20 characters of service, 12 of account, 512 of path and 64 of name. */
const MAX_REFERENCE_LENGTH = 640;

/**
 * What a run has to tell AWSIAMRoles, in the words of Zalando's kube-aws-iam-controller: whoever reads those reads these.
 * Of credentials that were good all the time it says that they are, when the last that was said of them is a Warning.
 */
export function awsIamRoleEvents(
  outcomes: readonly ItemOutcome[],
  wasWarned: (resource: { readonly uid: string }, secretName: string) => boolean,
): readonly ClusterEvent[] {
  return outcomes.flatMap((outcome) => {
    const { awsIamRole, name, unreadable } = outcome;
    if (awsIamRole === undefined) return [];
    const subject = { resource: awsIamRole, secretName: name };
    const result = resultOf(outcome, () => unreadable === undefined && wasWarned(awsIamRole, name));
    return [
      ...(unreadable === undefined
        ? []
        : [awsIamRoleEvent({ ...subject, result: 'unreadable', part: unreadable })]),
      ...(result === undefined ? [] : [awsIamRoleEvent({ ...subject, ...result })]),
    ];
  });
}

type Result = AwsIamRoleEventInput extends infer N
  ? N extends unknown
    ? Omit<N, 'resource' | 'secretName'>
    : never
  : never;

/** What only a person can mend, and what was given. What a busy or ailing server does is the operator's to see. */
function resultOf(outcome: ItemOutcome, wasWarned: () => boolean): Result | undefined {
  const { roleArn, expiresAt, awsIamRole } = outcome;
  switch (outcome.result) {
    case 'created':
      return expiresAt && { result: 'created', roleArn, expiresAt };
    case 'renewed':
      return expiresAt && { result: 'updated', roleArn, expiresAt };
    case 'kept':
      return expiresAt && wasWarned() ? { result: 'recovered', roleArn, expiresAt } : undefined;
    case 'refused':
    case 'failed':
      return failureOf(outcome, awsIamRole?.roleReference ?? '');
    default:
      return undefined;
  }
}

function failureOf(
  { reason, message, action }: Extract<ItemOutcome, { result: 'refused' | 'failed' }>,
  roleReference: string,
): Result | undefined {
  switch (reason) {
    case 'namespace-terminating':
    case 'sts-throttled':
    case 'sts-failed':
    case 'api-failed':
      return undefined;
    case 'name-taken':
      return { result: 'not-created', message };
    case 'api-refused':
      return { result: action === 'create' ? 'not-created' : 'not-updated', message };
    default:
      return { result: 'no-credentials', roleReference, message };
  }
}

/** The Event of one piece of news. */
export function awsIamRoleEvent(news: AwsIamRoleEventInput): ClusterEvent {
  const { resource, secretName } = news;
  const { namespace, name, uid } = resource;
  const { type, reason, note } = contentOf(news);
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

function contentOf(news: AwsIamRoleEventInput): Pick<ClusterEvent, 'type' | 'reason' | 'note'> {
  const secret = `${news.resource.namespace}/${news.secretName}`;
  switch (news.result) {
    case 'created':
      return {
        type: 'Normal',
        reason: 'CreateCredentials',
        note: `Created credentials for role '${news.roleArn}', expiry time: ${goTime(news.expiresAt)}`,
      };
    case 'updated':
      return {
        type: 'Normal',
        reason: 'UpdateCredentials',
        note: `Updated credentials for role '${news.roleArn}', expiry time: ${goTime(news.expiresAt)}`,
      };
    case 'recovered':
      return {
        type: 'Normal',
        reason: POD_EVENT_REASON.credentialsRecovered,
        note: `Credentials for role '${news.roleArn}' are there, expiry time: ${goTime(news.expiresAt)}`,
      };
    case 'no-credentials': {
      const role = sanitizeName(news.roleReference, MAX_REFERENCE_LENGTH);
      return warning(
        'GetCredentialsFailed',
        `Failed to get credentials for role '${role}': ${news.message}`,
      );
    }
    case 'not-created':
      return warning(
        'CreateSecretFailed',
        `Failed to create secret ${secret} with credentials: ${news.message}`,
      );
    case 'not-updated':
      return warning(
        'UpdateSecretFailed',
        `Failed to update secret ${secret} with credentials: ${news.message}`,
      );
    case 'unreadable':
      return warning('ReadSecretFailed', `Failed to parse ${news.part} from secret ${secret}`);
  }
}

function warning(reason: string, note: string): Pick<ClusterEvent, 'type' | 'reason' | 'note'> {
  return { type: 'Warning', reason, note };
}

/** As Go prints an instant in UTC, with whole seconds. */
function goTime(instant: Date): string {
  return instant
    .toISOString()
    .replace('T', ' ')
    .replace(/\.\d{3}Z$/, ' +0000 UTC');
}
