import { type CredentialRequest, requestedSecretName } from '../../../contract/pod-event.ts';
import { createPlanContext, type Plan, type PlanItem } from '../../../lambda/decide/plan.ts';
import { planRequest } from '../../../lambda/decide/plan-refresh.ts';
import type { IgnoredMount } from '../../../lambda/decide/requested-secrets.ts';
import { ownershipOf, type SecretOwnership } from '../../../lambda/decide/secret-ownership.ts';
import type { ManagedSecret } from '../../../lambda/observe/managed-secrets.ts';
import type { ClusterView, ObserveRequest } from '../../../lambda/observe/observe-cluster.ts';
import type { ConnectedCluster } from '../../cluster/with-cluster.ts';
import { describeIncompleteLists } from '../../planning/incomplete.ts';
import { plannedItem } from '../../planning/planned-item.ts';
import { judgeSecret, type SecretConclusion } from './judge-secret.ts';
import type { ProductEvent, ProductEvents } from './product-events.ts';

/** Why a Secret exists or not, as `--output json` prints it. */
export interface SecretExplanation extends SecretConclusion {
  readonly secret: string;
  /** Absent when the Secret's name, or its AWSIAMRole, identifies no role. */
  readonly roleArn?: string;
  /** `allowed`, or why the stack or the namespace does not allow the role. */
  readonly guard?: string;
  /** The AWSIAMRole that owns the Secret. */
  readonly awsIamRole?: string;
  /** Who owns the existing Secret. */
  readonly present: 'nobody' | 'pods' | 'AWSIAMRole' | 'somebody else';
  readonly expiresAt?: string;
  /** What the next pass does with the Secret. */
  readonly action?: PlanItem['action'];
  readonly why?: string;
  readonly events: readonly ProductEvent[];
  /** What could not be read. */
  readonly incomplete: readonly string[];
}

/** Dependencies of {@link explainSecret}. */
interface ExplainDeps extends Pick<ConnectedCluster, 'config' | 'target'> {
  readonly observe: ObserveRequest;
  /** Returns the Events of the pod or the AWSIAMRole about a Secret. */
  readonly eventsAbout: (secret: string) => ProductEvents;
  readonly now: Date;
}

/** Explains a Secret that a pod or an AWSIAMRole requests, by the plan that a pod event would lead to now. */
export async function explainSecret(
  deps: ExplainDeps,
  request: CredentialRequest,
): Promise<SecretExplanation> {
  const { config, now, target } = deps;
  const secret = requestedSecretName(request);
  const view = await deps.observe(request);
  const context = createPlanContext(config, view.namespaces, now);
  const plan = planRequest(context, view, { namespace: request.namespace, name: secret });
  const use = plan.ignored.find(({ secretName }) => secretName === secret);
  // Credentials in a variable are of no use, although the Secret exists.
  const item = use?.reason === 'environment-variable' ? undefined : itemFor(request, plan);
  const events = deps.eventsAbout(secret);
  const incompleteLists = describeIncompleteLists(view);
  const shared = {
    secret,
    present: ownerOf(view.secrets.items[0]),
    events: events.events,
    incomplete: events.unread === undefined ? incompleteLists : [...incompleteLists, events.unread],
  };
  if (item === undefined) {
    const isComplete = incompleteLists.length === 0;
    return { ...shared, ...concludeWithoutItem(use, view, isComplete) };
  }
  const { namespace: _, role: __, roleArn, ...fields } = plannedItem(item, context);
  const requester = item.awsIamRole === undefined ? 'pod' : 'awsIamRole';
  const judged = context.authorize(item.namespace, roleArn, requester);
  const guard = judged.kind === 'allowed' ? 'allowed' : judged.message;
  return {
    ...shared,
    ...(roleArn === '' ? {} : { roleArn, guard }),
    ...fields,
    action: item.action,
    ...judgeSecret({ item, events, context, target }),
  };
}

/** Returns the item of the requester: an AWSIAMRole that does not get the Secret of pods has an item next to theirs. */
function itemFor(request: CredentialRequest, { items }: Plan): PlanItem | undefined {
  const isRequested = ({ awsIamRole }: PlanItem) => (awsIamRole === undefined) === 'pod' in request;
  return items.find(isRequested) ?? items[0];
}

/** Uses of Secrets that are not the product's. */
const OWN: ReadonlySet<IgnoredMount['reason']> = new Set(['own-secret', 'foreign-secret']);

function concludeWithoutItem(
  use: IgnoredMount | undefined,
  { pods }: Pick<ClusterView, 'pods'>,
  isComplete: boolean,
): SecretConclusion {
  if (use !== undefined) {
    return { outcome: OWN.has(use.reason) ? 'own' : 'withheld', conclusion: use.message };
  }
  if (!isComplete) {
    return {
      outcome: 'undecided',
      conclusion: 'whether it will be created is unknown, because not everything could be read',
    };
  }
  if (pods.items.some(({ isGated }) => isGated)) {
    return {
      outcome: 'waiting',
      conclusion: 'it is created when the scheduling gates of the pod have been removed',
    };
  }
  return {
    outcome: 'withheld',
    conclusion:
      'it is not created: its requester is being deleted, or the pod requests too many roles',
  };
}

function ownerOf(secret: ManagedSecret | undefined): SecretExplanation['present'] {
  return secret === undefined ? 'nobody' : PRESENT[ownershipOf(secret).kind];
}

const PRESENT: Readonly<Record<SecretOwnership['kind'], SecretExplanation['present']>> = {
  pods: 'pods',
  awsIamRole: 'AWSIAMRole',
  orphan: 'AWSIAMRole',
  other: 'somebody else',
  nameless: 'somebody else',
  foreign: 'somebody else',
};
