import { formatInstant } from '../../../contract/format-instant.ts';
import { isCompleteIn } from '../../../kubernetes/lists/listing.ts';
import { secretKey } from '../../../lambda/decide/requested-secrets.ts';
import type { PlanItem } from '../../../lambda/decide/plan.ts';
import type { PlanContext } from '../../../lambda/decide/plan.ts';
import { isMarked, isOfAwsIamRole, refreshBeforeOf } from '../../../lambda/decide/secret-state.ts';
import type { ClusterView, ManagedSecret } from '../../../lambda/observe/cluster-view.ts';
import type { PlannedRun } from '../../planning/plan-pass.ts';
import { whyOf } from '../../planning/why.ts';

/** How a Secret is doing; what needs somebody's attention first. */
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

/** A Secret that is there, or wanted, as `--output json` has it. */
export interface SecretStatus {
  readonly state: SecretState;
  readonly namespace: string;
  readonly secret: string;
  /** The role's name, with its path below `baseRoleArn`; the ARN of a role elsewhere. */
  readonly role?: string;
  readonly roleArn?: string;
  readonly expiresAt?: string;
  /** The live pods that mount it. */
  readonly pods: readonly string[];
  /** The AWSIAMRole that it belongs to. */
  readonly awsIamRole?: string;
  readonly why: string;
}

/** How all Secrets of a view are doing, by a sweep's plan for them. */
export function secretStatuses({ plan, view, context }: PlannedRun): readonly SecretStatus[] {
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
  const mounts = view.pods.items.flatMap(({ namespace, name: pod, secretNames }) =>
    secretNames.map((name) => ({ pod, key: secretKey({ namespace, name }) })),
  );
  const mountsByKey = Map.groupBy(mounts, ({ key }) => key);
  return ({ namespace, secret }: Status): readonly string[] =>
    (mountsByKey.get(secretKey({ namespace, name: secret })) ?? []).map(({ pod }) => pod);
}

function statusOfItem(item: PlanItem, context: PlanContext): Status {
  const { namespace, name: secret, role, roleArn, awsIamRole, expiresAt } = item;
  return {
    state: stateOf(item, context),
    namespace,
    secret,
    ...(roleArn === '' ? {} : { role, roleArn }),
    ...(expiresAt === undefined ? {} : { expiresAt: formatInstant(expiresAt) }),
    ...(awsIamRole === undefined ? {} : { awsIamRole: awsIamRole.name }),
    why: whyOf(item, context),
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

/** Labelled as managed, and nothing that this product would touch. */
function statusOfUnplanned(secret: ManagedSecret, { awsIamRoles }: ClusterView): Status {
  const { namespace, name } = secret;
  const status = { state: 'foreign', namespace, secret: name } as const;
  if (!isOfAwsIamRole(secret)) {
    const why =
      'it has the label of managed Secrets and an owner or a name that they do not have; it is left alone';
    return { ...status, why };
  }
  return isCompleteIn(awsIamRoles, namespace)
    ? { ...status, why: 'its AWSIAMRole is gone or going; Kubernetes removes the Secret with it' }
    : {
        ...status,
        state: 'undecided',
        why: 'it is that of an AWSIAMRole, and those were not all seen',
      };
}

function compare(one: SecretStatus, other: SecretStatus): number {
  return (
    STATES.indexOf(one.state) - STATES.indexOf(other.state) ||
    one.namespace.localeCompare(other.namespace) ||
    one.secret.localeCompare(other.secret)
  );
}
