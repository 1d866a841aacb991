/**
 * The format of managed Secrets. Others rely on these names: pods that mount a Secret, the 2018 kube-aws-iam-controller
 * that this product replaces, and the chart's admission policies.
 */

/** Prefix of the names of managed Secrets; the rest is the name of the IAM role. */
export const SECRET_NAME_PREFIX = 'aws-iam-';

/** The label of managed Secrets, as the 2018 controller set it. */
export const HERITAGE_LABEL = 'heritage';
export const HERITAGE_VALUE = 'kube-aws-iam-controller';

/** Selects all Secrets with the label, including those of other owners. */
export const MANAGED_SELECTOR = `${HERITAGE_LABEL}=${HERITAGE_VALUE}`;

/** Additional label of the Secrets of AWSIAMRoles, which belong to the resource and not to pods. */
export const TYPE_LABEL = 'type';
export const AWSIAMROLE_TYPE = 'awsiamrole';

/** When the credentials expire (RFC 3339, UTC). Decides on renewal; values later than one session from now are ignored. */
export const EXPIRES_AT_ANNOTATION = 'kube-aws-iam/expires-at';
/** The role's ARN, for information only: the name of the Secret determines the role. */
export const ROLE_ARN_ANNOTATION = 'kube-aws-iam/role-arn';
/** The unused mark: since when no pod has requested the Secret (RFC 3339, UTC). */
export const UNUSED_SINCE_ANNOTATION = 'kube-aws-iam/unused-since';

/**
 * The generation of the AWSIAMRole that the credentials were issued for. Duplicates the key `awsiamrole-generation`,
 * because Secrets are read as metadata only.
 */
export const GENERATION_ANNOTATION = 'kube-aws-iam/awsiamrole-generation';

/** Where pods must mount the Secret: `credentials.process` contains this path. */
export const MOUNT_PATH = '/meta/aws-iam';

/** The keys of a managed Secret, which are files in the pod. */
export const SECRET_KEYS = {
  expire: 'expire',
  credentials: 'credentials',
  process: 'credentials.process',
  json: 'credentials.json',
  roleArn: 'role-arn',
  /** Secrets of AWSIAMRoles only. */
  generation: 'awsiamrole-generation',
} as const;
