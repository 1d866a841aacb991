import { createHash } from 'node:crypto';

/** The Lambda functions. Each has a module of this name in `lambda/` that exports `handler`. */
export const FUNCTION_NAMES = ['refresh', 'sweep', 'events'] as const;
export type FunctionName = (typeof FUNCTION_NAMES)[number];

/** Who handles an alarm: `page`, the person on call; `ticket`, someone during working hours. */
export type AlarmSeverity = 'page' | 'ticket';

const PREFIX = 'kube-aws-iam';
const FORWARDER_PREFIX = `${PREFIX}-forwarder`;
/** Maximum length of the name of an IAM role, a Lambda function and a schedule. */
const MAX_NAME_LENGTH = 64;
/** Space for the region and a hyphen in a role's name; the longest regions so far have 15 characters. */
const REGION_LENGTH = 17;
const HASH_LENGTH = 8;
const MAX_SLUG_LENGTH = MAX_NAME_LENGTH - `${PREFIX}-`.length - REGION_LENGTH;
const MAX_FORWARDER_SLUG_LENGTH = MAX_NAME_LENGTH - `${FORWARDER_PREFIX}-`.length - REGION_LENGTH;

/**
 * Returns the cluster's name as it appears in resource names: lower case, and truncated with a hash if it is longer than
 * 34 characters (EKS allows 100). The limit is the same in every region, so that the names of a cluster's resources differ
 * between regions only by the region. Cluster names that differ only in case have the same slug, because IAM does not
 * distinguish such role names.
 */
export function clusterSlug(clusterName: string): string {
  const lower = clusterName.toLowerCase();
  if (lower.length <= MAX_SLUG_LENGTH) return lower;
  return `${lower.slice(0, MAX_SLUG_LENGTH - HASH_LENGTH - 1)}-${hashOf(lower)}`;
}

/**
 * Name of the refresher's IAM role. It must never change for a cluster: the trust policies of pods' roles contain it.
 *
 * @param region - can be a token
 */
export function refresherRoleName(region: string, clusterName: string): string {
  return `${PREFIX}-${region}-${clusterSlug(clusterName)}`;
}

/**
 * Name of the forwarder's IAM role. The name of the Secret that the forwarder mounts ends in it, so it contains only
 * characters that are valid in both: `_` becomes `-`, and a hash distinguishes `a_b` from `a-b`.
 *
 * @param region - can be a token
 */
export function forwarderRoleName(region: string, clusterName: string): string {
  const lower = clusterName.toLowerCase();
  const valid = lower.replaceAll('_', '-').replace(/-$/, '');
  const isUnchanged = valid === lower && valid.length <= MAX_FORWARDER_SLUG_LENGTH;
  const slug = isUnchanged
    ? valid
    : `${valid.slice(0, MAX_FORWARDER_SLUG_LENGTH - HASH_LENGTH - 1)}-${hashOf(lower)}`;
  return `${FORWARDER_PREFIX}-${region}-${slug}`;
}

/** Name of the secret in Secrets Manager with the login of the functions to a cluster that is not on EKS. */
export function loginSecretNameOf(clusterName: string): string {
  return `${PREFIX}-${clusterSlug(clusterName)}-login`;
}

/** Name of the event bus for pod events. */
export function eventBusNameOf(clusterName: string): string {
  return `${PREFIX}-${clusterSlug(clusterName)}`;
}

/** Name of a function, and of the schedule that invokes it. */
export function functionNameOf(clusterName: string, name: FunctionName): string {
  return `${PREFIX}-${clusterSlug(clusterName)}-${name}`;
}

/**
 * Name of an alarm. Subscriptions can select pages or tickets by its prefix.
 *
 * @param id - the alarm's heading in the runbook
 */
export function alarmNameOf(clusterName: string, severity: AlarmSeverity, id: string): string {
  return `${PREFIX}-${clusterSlug(clusterName)}-${severity}-${id}`;
}

/** Name of the log group of a refresher that runs in the cluster. */
export function logGroupNameOf(clusterName: string): string {
  return `/${PREFIX}/${clusterSlug(clusterName)}`;
}

/** Name of the dashboard. */
export function dashboardNameOf(clusterName: string): string {
  return `${PREFIX}-${clusterSlug(clusterName)}`;
}

/**
 * Name of a cluster's stack. CloudFormation allows letters, digits and `-`; for a cluster name with other characters, a
 * hash distinguishes `a_b` from `a-b`.
 */
export function stackNameOf(clusterName: string): string {
  const valid = clusterName.replace(/[^A-Za-z0-9-]/g, '-');
  return `KubeAwsIam-${valid === clusterName ? valid : `${valid}-${hashOf(clusterName)}`}`;
}

/** Name of the fleet's stack in each Region, of its dashboard, and prefix of its alarms. No cluster's name can lead to it. */
export const FLEET_NAME = 'KubeAwsIamFleet';

/** Name of the stack that links an account to the monitoring account, in each Region. */
export const FLEET_LINK_NAME = 'KubeAwsIamFleetLink';

/** What distinguishes clusters of one CDK app. */
interface NamedCluster {
  readonly clusterName: string;
  readonly account?: string | undefined;
  readonly region?: string | undefined;
}

/**
 * ID of a cluster's stack, by which the CDK CLI selects it: the stack's name, with account and region if several clusters
 * have the same name.
 */
export function stackIdOf(cluster: NamedCluster, clusters: readonly NamedCluster[]): string {
  const name = stackNameOf(cluster.clusterName);
  const sameName = clusters.filter((other) => stackNameOf(other.clusterName) === name);
  const parts = sameName.length === 1 ? [name] : [name, cluster.account, cluster.region];
  return parts.filter(Boolean).join('-');
}

function hashOf(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, HASH_LENGTH);
}
