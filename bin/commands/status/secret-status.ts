import { isCompleteIn } from '../../../kubernetes/lists/api-object.ts';
import type { PlanContext, PlanItem } from '../../../lambda/decide/plan.ts';
import { secretKey } from '../../../lambda/decide/requested-secrets.ts';
import { wasIssuedForAwsIamRole } from '../../../lambda/decide/secret-ownership.ts';
import { isMarked, refreshBeforeOf } from '../../../lambda/decide/secret-state.ts';
import type { ManagedSecret } from '../../../lambda/observe/managed-secrets.ts';
import type { ClusterView } from '../../../lambda/observe/observe-cluster.ts';
import { withTurns } from '../../../lambda/turns.ts';
import type { PlannedPass } from '../../planning/plan-pass.ts';
import { type PlannedItem, plannedItem } from '../../planning/planned-item.ts';

/** State of a Secret, most urgent first. */
export const STATES = [
  'expired',
  'overdue',
  'refused',
  'missing',
  'undecided',
  'foreign',
  'due',
  'unused',
  'ok',
] as const;
export type SecretState = (typeof STATES)[number];

/** A Secret that exists or is requested, as `--output json` prints it. Role fields are absent if there is no role. */
export interface SecretStatus extends Omit<PlannedItem, 'role' | 'roleArn'> {
  readonly state: SecretState;
  readonly role?: string;
  readonly roleArn?: string;
  /** The live pods that mount it. */
  readonly pods: readonly string[];
}

/** Derives the state of every Secret from the plan of a sweep. */
export function secretStatuses({ plan, view, context }: PlannedPass): readonly SecretStatus[] {
  const podsOf = podsBySecret(view);
  const planned = new Set(plan.items.map(secretKey));
  const unplanned = view.secrets.items.filter((secret) => !planned.has(secretKey(secret)));
  const statuses = [
    ...plan.items.map((item) => statusOfItem(item, context)),
    ...unplanned.map((secret) => statusOfUnplanned(secret, view)),
  ].map((status): SecretStatus => ({ ...status, pods: podsOf(status) }));
  return statuses.toSorted(compare);
}

type Status = Omit<SecretStatus, 'pods'>;

function podsBySecret(view: ClusterView) {
  const mounts = view.pods.items.flatMap(({ namespace, name: pod, ...mounted }) =>
    [...mounted.secretNames, ...(mounted.otherSecretNames ?? [])].map((name) => ({
      pod,
      key: secretKey({ namespace, name }),
    })),
  );
  const mountsByKey = Map.groupBy(mounts, ({ key }) => key);
  return ({ namespace, secret }: Status): readonly string[] =>
    (mountsByKey.get(secretKey({ namespace, name: secret })) ?? []).map(({ pod }) => pod);
}

function statusOfItem(item: PlanItem, context: PlanContext): Status {
  const { role, roleArn, ...fields } = plannedItem(item, context);
  return {
    state: stateOf(item, context),
    ...fields,
    ...(roleArn === '' ? {} : { role, roleArn }),
  };
}

function stateOf(item: PlanItem, context: PlanContext): SecretState {
  switch (item.action) {
    case 'create':
      return 'missing';
    case 'refuse':
      return 'refused';
    case 'defer':
      return 'undecided';
    case 'mark':
    case 'remove':
      return 'unused';
    case 'keep':
      return item.pod === undefined && isMarked(item.secret) ? 'unused' : stateInUse(item, context);
    case 'renew':
    case 'unmark':
      return stateInUse(item, context);
  }
}

function stateInUse(item: PlanItem, { now, refreshBeforeSeconds }: PlanContext): SecretState {
  const { action, expiresAt } = item;
  if (expiresAt === undefined) return 'due';
  const seconds = (expiresAt.getTime() - now.getTime()) / 1_000;
  if (seconds <= 0) return 'expired';
  if (seconds < refreshBeforeOf(item, refreshBeforeSeconds)) return 'overdue';
  return action === 'renew' ? 'due' : 'ok';
}

/** The state of a Secret that has the label, but that no pass changes. */
function statusOfUnplanned(secret: ManagedSecret, { awsIamRoles }: ClusterView): Status {
  const { namespace, name } = secret;
  const status = { state: 'foreign', namespace, secret: name } as const;
  if (!wasIssuedForAwsIamRole(secret)) {
    const why = 'it has the label of managed Secrets, but another owner or name; it is left alone';
    return { ...status, why };
  }
  return isCompleteIn(awsIamRoles, namespace)
    ? { ...status, why: 'its AWSIAMRole is deleted; Kubernetes deletes the Secret too' }
    : {
        ...status,
        state: 'undecided',
        why: 'it belongs to an AWSIAMRole, and the list of AWSIAMRoles is incomplete',
      };
}

function compare(one: SecretStatus, other: SecretStatus): number {
  return (
    STATES.indexOf(one.state) - STATES.indexOf(other.state) ||
    one.namespace.localeCompare(other.namespace) ||
    one.secret.localeCompare(other.secret)
  );
}

/** Maximum number of rows of one namespace, so that it does not hide others. */
const MAX_ROWS = 200;

/** Returns the Secrets to show, and the number of the others by namespace. */
export function firstOfEachNamespace(secrets: readonly SecretStatus[]) {
  const turned = withTurns(secrets, ({ namespace }) => namespace);
  const rest = turned.filter(({ turn }) => turn >= MAX_ROWS);
  const byNamespace = Map.groupBy(rest, ({ item }) => item.namespace);
  return {
    shown: turned.filter(({ turn }) => turn < MAX_ROWS).map(({ item }) => item),
    omitted: [...byNamespace].map(([namespace, { length }]) => [namespace, length] as const),
  };
}
