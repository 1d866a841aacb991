import { AWSIAMROLE } from '../../../contract/awsiamrole.ts';
import { formatInstant } from '../../../contract/format-instant.ts';
import {
  AWSIAMROLE_TYPE,
  EXPIRES_AT_ANNOTATION,
  GENERATION_ANNOTATION,
  HERITAGE_LABEL,
  HERITAGE_VALUE,
  MOUNT_PATH,
  ROLE_ARN_ANNOTATION,
  SECRET_KEYS,
  TYPE_LABEL,
} from '../../../contract/secret.ts';
import type { SecretSubject } from '../../decide/plan.ts';
import type { ObservedAwsIamRole } from '../../observe/awsiamroles.ts';

/** A session of a role, as STS gives it. Never logged, never copied to another namespace. */
export interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string;
  readonly expiresAt: Date;
}

/** What a write puts into a Secret. */
export interface SecretContent {
  readonly labels: Readonly<Record<string, string>>;
  /** Who owns it; set when it is made, as a later change would be a change of owner. */
  readonly ownerReferences?: readonly OwnerReference[];
  readonly annotations: Readonly<Record<string, string>>;
  /** File contents by key, as plain text. */
  readonly data: Readonly<Record<string, string>>;
}

/** An owner (metav1.OwnerReference): with it, Kubernetes removes what it owns. */
export interface OwnerReference {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  readonly uid: string;
}

/** What a Secret is made for. */
export type SecretPurpose = Pick<SecretSubject, 'roleArn' | 'awsIamRole'>;

/** The label of a Secret that this product makes. */
export const OWN_LABELS = { [HERITAGE_LABEL]: HERITAGE_VALUE } as const;

/**
 * Renders the files that a pod finds, byte for byte those of the 2018 kube-aws-iam-controller, and `role-arn` besides; for
 * an AWSIAMRole, what Zalando's kube-aws-iam-controller adds: the resource's labels below our own, its generation, its uid.
 * `credentials` has static keys, which most SDKs read once; `credentials.process` makes them read `credentials.json`
 * again before it ends.
 */
export function renderSecret(
  credentials: Credentials,
  { roleArn, awsIamRole }: SecretPurpose,
): SecretContent {
  const { accessKeyId, secretAccessKey, sessionToken } = credentials;
  const expire = formatInstant(credentials.expiresAt);
  const annotations = { [EXPIRES_AT_ANNOTATION]: expire, [ROLE_ARN_ANNOTATION]: roleArn };
  const ofResource = awsIamRole && renderOwnership(awsIamRole);
  return {
    labels: OWN_LABELS,
    ...ofResource,
    annotations: { ...annotations, ...ofResource?.annotations },
    data: {
      ...ofResource?.data,
      [SECRET_KEYS.expire]: expire,
      [SECRET_KEYS.credentials]:
        '[default]\n' +
        `aws_access_key_id = ${accessKeyId}\n` +
        `aws_secret_access_key = ${secretAccessKey}\n` +
        `aws_session_token = ${sessionToken}\n` +
        `aws_expiration = ${expire}\n`,
      [SECRET_KEYS.process]: `[default]\ncredential_process = cat ${MOUNT_PATH}/credentials.json\n`,
      // The order of the keys is that of the original; so is the missing newline at the end.
      [SECRET_KEYS.json]: JSON.stringify({
        Version: 1,
        AccessKeyId: accessKeyId,
        SecretAccessKey: secretAccessKey,
        SessionToken: sessionToken,
        Expiration: expire,
      }),
      [SECRET_KEYS.roleArn]: roleArn,
    },
  };
}

function renderOwnership(awsIamRole: ObservedAwsIamRole): SecretContent {
  const { name, uid, labels } = awsIamRole;
  const generation = String(awsIamRole.generation);
  const { apiVersion, kind } = AWSIAMROLE;
  return {
    labels: { ...labels, ...OWN_LABELS, [TYPE_LABEL]: AWSIAMROLE_TYPE },
    ownerReferences: [{ apiVersion, kind, name, uid }],
    annotations: { [GENERATION_ANNOTATION]: generation },
    data: { [SECRET_KEYS.generation]: generation },
  };
}
