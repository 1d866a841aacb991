import { formatInstant } from '../../../contract/format-instant.ts';
import { AWSIAMROLE } from '../../../contract/kubernetes/awsiamrole.ts';
import {
  AWSIAMROLE_TYPE,
  EXPIRES_AT_ANNOTATION,
  GENERATION_ANNOTATION,
  HERITAGE_LABEL,
  HERITAGE_VALUE,
  MOUNT_PATH,
  ROLE_ARN_ANNOTATION,
  SECRET_KEYS,
  SESSION_ANNOTATION,
  SESSION_SECONDS_ANNOTATION,
  type SecretMetadata,
  TYPE_LABEL,
} from '../../../contract/kubernetes/secret.ts';
import type { OwnerReference } from '../../../kubernetes/lists/api-object.ts';
import type { SecretSubject } from '../../decide/plan.ts';
import type { ObservedAwsIamRole } from '../../observe/awsiamroles.ts';
import { renderMetadata } from './secret-metadata.ts';

/** The credentials of a session. Never logged, and never copied to another namespace. */
export interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string;
  readonly expiresAt: Date;
  /** Duration of the session in seconds, if the role allows no longer one. */
  readonly limitedSeconds?: number;
}

/** The content of a Secret. */
export interface SecretContent {
  readonly labels: Readonly<Record<string, string>>;
  /** Written to a Secret that has no owner. */
  readonly ownerReferences?: readonly OwnerReference[];
  readonly annotations: Readonly<Record<string, string>>;
  /** Plain text by file name. */
  readonly data: Readonly<Record<string, string>>;
}

/**
 * How long before the session expires `credentials.json` says that it does, in seconds. The SDKs for Go and PHP use
 * credentials up to that instant by the node's clock, and a clock that is behind makes their last requests fail
 * (docs/adr/0010).
 */
const EXPIRATION_MARGIN_SECONDS = 60;

const OWN_LABELS = { [HERITAGE_LABEL]: HERITAGE_VALUE } as const;

/**
 * Renders the content of a Secret. The files are those of the 2018 kube-aws-iam-controller, byte for byte, and `role-arn`;
 * only `Expiration` in `credentials.json` is a minute earlier than the session expires. An AWSIAMRole adds what Zalando's
 * kube-aws-iam-controller adds: the labels of the resource (the configured ones and ours take precedence), its generation,
 * and its uid as the owner.
 *
 * `credentials` contains static keys, which most SDKs read once. `credentials.process` makes SDKs reload
 * `credentials.json` before the credentials expire.
 */
export function renderSecret(
  credentials: Credentials,
  {
    roleArn,
    awsIamRole,
    fingerprint,
    metadata: configured,
  }: Pick<SecretSubject, 'roleArn' | 'awsIamRole'> & {
    /** The hash of the session request. */
    readonly fingerprint: string;
    readonly metadata: SecretMetadata;
  },
): SecretContent {
  const { accessKeyId, secretAccessKey, sessionToken, limitedSeconds } = credentials;
  const expire = formatInstant(credentials.expiresAt);
  const metadata = renderMetadata(configured, awsIamRole?.labels);
  const annotations = {
    ...metadata.annotations,
    [EXPIRES_AT_ANNOTATION]: expire,
    [ROLE_ARN_ANNOTATION]: roleArn,
    [SESSION_ANNOTATION]: fingerprint,
    ...(limitedSeconds === undefined
      ? {}
      : { [SESSION_SECONDS_ANNOTATION]: String(limitedSeconds) }),
  };
  const ownership = awsIamRole && renderOwnership(awsIamRole);
  return {
    ...ownership,
    labels: { ...metadata.labels, ...OWN_LABELS, ...ownership?.labels },
    annotations: { ...annotations, ...ownership?.annotations },
    data: {
      ...ownership?.data,
      [SECRET_KEYS.expire]: expire,
      [SECRET_KEYS.credentials]:
        '[default]\n' +
        `aws_access_key_id = ${accessKeyId}\n` +
        `aws_secret_access_key = ${secretAccessKey}\n` +
        `aws_session_token = ${sessionToken}\n` +
        `aws_expiration = ${expire}\n`,
      [SECRET_KEYS.process]: `[default]\ncredential_process = cat ${MOUNT_PATH}/credentials.json\n`,
      // The original has the same order of keys, and no newline at the end.
      [SECRET_KEYS.json]: JSON.stringify({
        Version: 1,
        AccessKeyId: accessKeyId,
        SecretAccessKey: secretAccessKey,
        SessionToken: sessionToken,
        Expiration: formatInstant(secondsBefore(credentials.expiresAt, EXPIRATION_MARGIN_SECONDS)),
      }),
      [SECRET_KEYS.roleArn]: roleArn,
    },
  };
}

function secondsBefore(instant: Date, seconds: number): Date {
  return new Date(instant.getTime() - seconds * 1_000);
}

function renderOwnership(awsIamRole: ObservedAwsIamRole): SecretContent {
  const { name, uid } = awsIamRole;
  const generation = String(awsIamRole.generation);
  const { apiVersion, kind } = AWSIAMROLE;
  return {
    labels: { [TYPE_LABEL]: AWSIAMROLE_TYPE },
    ownerReferences: [{ apiVersion, kind, name, uid }],
    annotations: { [GENERATION_ANNOTATION]: generation },
    data: { [SECRET_KEYS.generation]: generation },
  };
}
