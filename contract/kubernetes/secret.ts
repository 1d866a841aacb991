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

/** When the credentials expire (RFC 3339, UTC). Decides on renewal; values later than a session from now are ignored. */
export const EXPIRES_AT_ANNOTATION = 'kube-aws-iam/expires-at';
/** The role's ARN, for information only: the name of the Secret determines the role. */
export const ROLE_ARN_ANNOTATION = 'kube-aws-iam/role-arn';
/**
 * A hash of the session request that the credentials were issued for. If it is not that of the configured request, they
 * are renewed.
 */
export const SESSION_ANNOTATION = 'kube-aws-iam/session';
/**
 * How long the session of the credentials lasts, in seconds. Only if that is shorter than requested, because the
 * MaxSessionDuration of the role is.
 */
export const SESSION_SECONDS_ANNOTATION = 'kube-aws-iam/session-seconds';
/** The keys of the labels and annotations that are not the product's own, but that it wrote: what it may remove again. */
export const WRITTEN_METADATA_ANNOTATION = 'kube-aws-iam/written-metadata';
/** The unused mark: since when no pod has requested the Secret (RFC 3339, UTC). */
export const UNUSED_SINCE_ANNOTATION = 'kube-aws-iam/unused-since';
/** How many later sweeps have found a marked Secret unused, while the brake held its removal back. */
export const UNUSED_SIGHTINGS_ANNOTATION = 'kube-aws-iam/unused-sightings';

/**
 * The generation of the AWSIAMRole that the credentials were issued for. Duplicates the key `awsiamrole-generation`,
 * because Secrets are read as metadata only.
 */
export const GENERATION_ANNOTATION = 'kube-aws-iam/awsiamrole-generation';

/** The annotations above. */
export const OWN_ANNOTATIONS: readonly string[] = [
  EXPIRES_AT_ANNOTATION,
  ROLE_ARN_ANNOTATION,
  SESSION_ANNOTATION,
  SESSION_SECONDS_ANNOTATION,
  WRITTEN_METADATA_ANNOTATION,
  UNUSED_SINCE_ANNOTATION,
  UNUSED_SIGHTINGS_ANNOTATION,
  GENERATION_ANNOTATION,
];

/** Whether an annotation is the product's own. The chart's admission policy protects those of managed Secrets. */
export function isOwnAnnotation(key: string): boolean {
  return key.startsWith('kube-aws-iam/');
}

/** Whether a label is the product's own. */
export function isOwnLabel(key: string): boolean {
  return key === HERITAGE_LABEL || key === TYPE_LABEL;
}

/**
 * Domains of labels that the Secret of an AWSIAMRole does not take over from the resource: those that Kubernetes reserves,
 * except that of its recommended labels, and those of controllers that trust a Secret because of its label.
 */
const RESERVED_LABEL =
  /^([^/]*\.)?(k8s\.io|kubernetes\.io|argoproj\.io|sealedsecrets\.bitnami\.com)\//;
const RECOMMENDED_LABELS = 'app.kubernetes.io/';

/** Whether a label of an AWSIAMRole is not copied to its Secret. The chart's admission policy denies such labels. */
export function isReservedLabel(key: string): boolean {
  return RESERVED_LABEL.test(key) && !key.startsWith(RECOMMENDED_LABELS);
}

/** Labels and annotations of a Secret. */
export interface SecretMetadata {
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}

/**
 * Labels and annotations of every Secret by default: Velero does not back up credentials that expire, and Reloader
 * (Stakater) does not restart pods at each renewal.
 */
export const DEFAULT_SECRET_METADATA = {
  labels: { 'velero.io/exclude-from-backup': 'true' },
  annotations: { 'reloader.stakater.com/ignore': 'true' },
} as const satisfies SecretMetadata;

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
