import { boundedNote, type ClusterEvent, showable } from './cluster-event.ts';

/** What came of the Secret that an AWSIAMRole asks for. */
export type AwsIamRoleNews = {
  readonly resource: { readonly namespace: string; readonly name: string; readonly uid: string };
  readonly secretName: string;
} & (
  | {
      readonly result: 'created' | 'updated';
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
      readonly part: 'AWSIAMRole generation' | 'expiry time';
    }
);

/** An ARN of a role has at most 20 characters of service, 12 of account, 512 of path and 64 of name. */
const LONGEST_REFERENCE = 640;

/** The Event of Zalando's kube-aws-iam-controller for it: whoever reads those reads these. */
export function awsIamRoleEvent(news: AwsIamRoleNews): ClusterEvent {
  const { resource, secretName } = news;
  const { namespace, name, uid } = resource;
  const { type, reason, note } = wordsOf(news);
  return {
    regarding: { apiVersion: 'zalando.org/v1', kind: 'AWSIAMRole', namespace, name, uid },
    secretName,
    type,
    reason,
    note: boundedNote(note),
  };
}

function wordsOf(news: AwsIamRoleNews): Pick<ClusterEvent, 'type' | 'reason' | 'note'> {
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
    case 'no-credentials': {
      const role = showable(news.roleReference, LONGEST_REFERENCE);
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
