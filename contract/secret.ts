/**
 * What a managed Secret looks like. Every name here is read by somebody else: by pods that mount the Secret, by the
 * 2018 kube-aws-iam-controller that this product replaces, and by the admission policies of the chart.
 */

/** Every managed Secret's name begins with this; the rest is the name of the IAM role. */
export const SECRET_NAME_PREFIX = 'aws-iam-';

/** The label that marks a Secret as managed, as the 2018 controller set it. */
export const HERITAGE_LABEL = 'heritage';
export const HERITAGE_VALUE = 'kube-aws-iam-controller';

/** Selects every Secret with the managed label, whoever owns it. */
export const MANAGED_SELECTOR = `${HERITAGE_LABEL}=${HERITAGE_VALUE}`;

/** Secrets of an AWSIAMRole carry this label besides; they belong to the resource, not to pods. */
export const TYPE_LABEL = 'type';
export const AWSIAMROLE_TYPE = 'awsiamrole';

/** When the credentials inside end (RFC 3339, UTC): read back to decide on renewal, and never trusted beyond one session. */
export const EXPIRES_AT_ANNOTATION = 'kube-aws-iam/expires-at';
/** The role's ARN, for people. It is never read back: the role comes from the Secret's name. */
export const ROLE_ARN_ANNOTATION = 'kube-aws-iam/role-arn';
/** Since when no pod has wanted the Secret (RFC 3339, UTC). */
export const UNUSED_SINCE_ANNOTATION = 'kube-aws-iam/unused-since';

/**
 * The generation of the AWSIAMRole that the credentials were made for. Written beside the key of the same meaning, as
 * Secrets are read as metadata only.
 */
export const GENERATION_ANNOTATION = 'kube-aws-iam/awsiamrole-generation';

/** Where a pod mounts the Secret. `credentials.process` names this folder, so it cannot be another. */
export const MOUNT_PATH = '/meta/aws-iam';

/** The keys of a managed Secret, each a file in the pod. */
export const SECRET_KEYS = {
  expire: 'expire',
  credentials: 'credentials',
  process: 'credentials.process',
  json: 'credentials.json',
  roleArn: 'role-arn',
  /** Of Secrets of an AWSIAMRole only. */
  generation: 'awsiamrole-generation',
} as const;
