import { createHash } from 'node:crypto';
import type { FunctionName } from './functions/bundle.ts';

const PREFIX = 'kube-aws-iam';
/** Longest name of an IAM role, of a Lambda function and of a schedule. */
const LONGEST_NAME = 64;
/** Room for the region in the role's name; the longest ones so far have 15 characters. */
const REGION_ROOM = 16;
const HASH_LENGTH = 8;
/** What is left of a role's name for the cluster. */
const LONGEST_SLUG = LONGEST_NAME - `${PREFIX}-`.length - REGION_ROOM - 1;
const FORWARDER_PREFIX = `${PREFIX}-forwarder`;
/** The same for the forwarder's role. */
const LONGEST_FORWARDER_SLUG = LONGEST_NAME - `${FORWARDER_PREFIX}-`.length - REGION_ROOM - 1;

/**
 * The cluster's name as it appears in the names of its resources: in lower case, and with its end replaced by a hash
 * where it is longer than 34 characters. EKS allows 100, a role's name has room for no more beside the region; the room
 * is the same in every region, so that a cluster's names differ between regions in nothing else. Two names of any length
 * that differ only in case give the same result, as IAM does not tell such roles apart.
 */
export function clusterSlug(clusterName: string): string {
  const lower = clusterName.toLowerCase();
  if (lower.length <= LONGEST_SLUG) return lower;
  return `${lower.slice(0, LONGEST_SLUG - HASH_LENGTH - 1)}-${hashOf(lower)}`;
}

/**
 * Name of the refresher's IAM role, the one that the trust policies of the pods' roles name. It must never change for a
 * cluster: those policies are not ours to change.
 *
 * @param region - may be a token
 */
export function refresherRoleName(region: string, clusterName: string): string {
  return `${PREFIX}-${region}-${clusterSlug(clusterName)}`;
}

/**
 * Name of the forwarder's IAM role. It is also the end of the name of the Secret that the forwarder mounts, so it has
 * only what both may have: a cluster's name with `_` is told apart from one with `-` by a hash.
 *
 * @param region - may be a token
 */
export function forwarderRoleName(region: string, clusterName: string): string {
  const lower = clusterName.toLowerCase();
  const legal = lower.replaceAll('_', '-').replace(/-$/, '');
  const isWhole = legal === lower && legal.length <= LONGEST_FORWARDER_SLUG;
  const slug = isWhole
    ? legal
    : `${legal.slice(0, LONGEST_FORWARDER_SLUG - HASH_LENGTH - 1)}-${hashOf(lower)}`;
  return `${FORWARDER_PREFIX}-${region}-${slug}`;
}

/** Name of the bus of pod events. */
export function eventBusNameOf(clusterName: string): string {
  return `${PREFIX}-${clusterSlug(clusterName)}`;
}

/** Name of a function, and of the schedule that invokes it. */
export function functionNameOf(clusterName: string, name: FunctionName): string {
  return `${PREFIX}-${clusterSlug(clusterName)}-${name}`;
}

/** Who an alarm is for: a person at once, or whoever works through the tickets. */
export type AlarmSeverity = 'page' | 'ticket';

/**
 * Name of an alarm, by whose beginning a subscription can tell pages from tickets.
 *
 * @param id - says what is wrong; the heading of the runbook
 */
export function alarmNameOf(clusterName: string, severity: AlarmSeverity, id: string): string {
  return `${PREFIX}-${clusterSlug(clusterName)}-${severity}-${id}`;
}

/** Name of the dashboard. */
export function dashboardNameOf(clusterName: string): string {
  return `${PREFIX}-${clusterSlug(clusterName)}`;
}

/**
 * Name of a cluster's stack. CloudFormation allows letters, digits and `-`; where the cluster's name has something else,
 * a hash keeps `a_b` and `a-b` apart.
 */
export function stackNameOf(clusterName: string): string {
  const legal = clusterName.replace(/[^A-Za-z0-9-]/g, '-');
  return `KubeAwsIam-${legal === clusterName ? legal : `${legal}-${hashOf(clusterName)}`}`;
}

function hashOf(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, HASH_LENGTH);
}
