import {
  EXPIRES_AT_ANNOTATION,
  HERITAGE_LABEL,
  HERITAGE_VALUE,
  MOUNT_PATH,
  ROLE_ARN_ANNOTATION,
  SECRET_KEYS,
} from '../contract/secret.ts';

/** A session of a role, as STS gives it. Never logged, never copied to another namespace. */
export interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string;
  readonly expiresAt: Date;
}

/** What a write puts into a Secret. */
export interface SecretContent {
  readonly annotations: Readonly<Record<string, string>>;
  /** File contents by key, as plain text. */
  readonly data: Readonly<Record<string, string>>;
}

/** The labels of a Secret that this product makes. */
export const OWN_LABELS = { [HERITAGE_LABEL]: HERITAGE_VALUE } as const;

/** RFC 3339 in UTC with whole seconds, as Go prints it; `toISOString` would add `.000`. */
export function formatInstant(instant: Date): string {
  return instant.toISOString().replace(/\.\d{3}Z$/, 'Z');
}

/**
 * Renders the files that a pod finds, byte for byte those of the 2018 kube-aws-iam-controller, and `role-arn` besides.
 * `credentials` has static keys, which most SDKs read once; `credentials.process` makes them read `credentials.json`
 * again before it ends.
 */
export function renderSecret(credentials: Credentials, roleArn: string): SecretContent {
  const { accessKeyId, secretAccessKey, sessionToken } = credentials;
  const expire = formatInstant(credentials.expiresAt);
  return {
    annotations: { [EXPIRES_AT_ANNOTATION]: expire, [ROLE_ARN_ANNOTATION]: roleArn },
    data: {
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
