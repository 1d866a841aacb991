import { formatInstant } from '../../../contract/format-instant.ts';
import { type CredentialRequest, requestedSecretName } from '../../../contract/pod-event.ts';
import type { IgnoredMount } from '../../../lambda/decide/requested-secrets.ts';
import type { Plan, PlanItem } from '../../../lambda/decide/plan.ts';
import { createPlanContext } from '../../../lambda/decide/plan.ts';
import { planRequest } from '../../../lambda/decide/plan-refresh.ts';
import { isOfAwsIamRole, roleOfOwnSecret } from '../../../lambda/decide/secret-state.ts';
import type { ManagedSecret } from '../../../lambda/observe/cluster-view.ts';
import type { ObserveRequest } from '../../../lambda/observe/observe-cluster.ts';
import type { OpenCluster } from '../../kubeconfig/with-cluster.ts';
import { incompleteLists } from '../../planning/incomplete-lists.ts';
import { whyOf } from '../../planning/why.ts';
import type { EventsRead, ProductEvent } from './product-events.ts';
import { secretVerdict, type Verdict } from './secret-verdict.ts';
import { troubleWith } from './trouble-with.ts';

/** Why a Secret is there or not, as `--output json` has it. */
export interface SecretExplanation extends Verdict {
  readonly secret: string;
  /** Absent when its name, or its AWSIAMRole, stands for no role. */
  readonly roleArn?: string;
  /** Whether stack and namespace let the namespace have the role, and why not. */
  readonly guard?: string;
  /** The AWSIAMRole that it belongs to. */
  readonly awsIamRole?: string;
  /** Whose Secret has the name. */
  readonly present: 'nobody' | 'pods' | 'AWSIAMRole' | 'somebody else';
  readonly expiresAt?: string;
  /** What the next run does with it. */
  readonly action?: PlanItem['action'];
  readonly why?: string;
  readonly events: readonly ProductEvent[];
  /** What could not be read. */
  readonly incomplete: readonly string[];
}

/** What explaining needs. */
export interface ExplainDeps extends Pick<OpenCluster, 'config' | 'said'> {
  readonly observe: ObserveRequest;
  /** What the functions said of a Secret to the pod or the AWSIAMRole. */
  readonly eventsAbout: (secret: string) => EventsRead;
  readonly now: Date;
}

/** Explains one Secret that a pod or an AWSIAMRole wants: by the plan that a pod event would make for it now. */
export async function explainSecret(
  deps: ExplainDeps,
  want: CredentialRequest,
): Promise<SecretExplanation> {
  const { config, now } = deps;
  const secret = requestedSecretName(want);
  const view = await deps.observe(want);
  const context = createPlanContext(config, view.namespaces, now);
  const plan = planRequest(context, view, { namespace: want.namespace, name: secret });
  const item = itemFor(want, plan);
  const { events, unread } = deps.eventsAbout(secret);
  const unseen = incompleteLists(view);
  const shared = {
    secret,
    present: whoseIs(view.secrets.items[0]),
    events,
    incomplete: unread === undefined ? unseen : [...unseen, unread],
  };
  if (item === undefined) {
    return { ...shared, ...verdictWithoutItem(secret, plan.ignored, unseen.length === 0) };
  }
  const { namespace, roleArn, awsIamRole, expiresAt } = item;
  const asker = awsIamRole === undefined ? 'pod' : 'awsIamRole';
  const judged = context.judge(namespace, roleArn, asker);
  return {
    ...shared,
    ...(roleArn === ''
      ? {}
      : { roleArn, guard: judged.kind === 'allowed' ? 'allowed' : judged.message }),
    ...(awsIamRole === undefined ? {} : { awsIamRole: awsIamRole.name }),
    ...(expiresAt === undefined ? {} : { expiresAt: formatInstant(expiresAt) }),
    action: item.action,
    why: whyOf(item, context),
    ...secretVerdict({
      item,
      trouble: troubleWith(item, events),
      areEventsRead: unread === undefined,
      context,
      said: deps.said,
    }),
  };
}

/** Of an AWSIAMRole that finds its name taken there are two. */
function itemFor(want: CredentialRequest, { items }: Plan): PlanItem | undefined {
  const isAbout = ({ awsIamRole }: PlanItem) => (awsIamRole === undefined) === 'pod' in want;
  return items.find(isAbout) ?? items[0];
}

function verdictWithoutItem(
  secret: string,
  ignored: readonly IgnoredMount[],
  isAllSeen: boolean,
): Verdict {
  const mount = ignored.find(({ secretName }) => secretName === secret);
  if (mount === undefined && !isAllSeen) {
    return {
      outcome: 'undecided',
      conclusion: 'what says whether anything is made for it could not be read',
    };
  }
  return {
    outcome: 'withheld',
    conclusion:
      mount?.message ??
      'nothing is made for it: it is going, or one of more than a pod can ask for',
  };
}

function whoseIs(secret: ManagedSecret | undefined): SecretExplanation['present'] {
  if (secret === undefined) return 'nobody';
  if (roleOfOwnSecret(secret) !== undefined) return 'pods';
  return isOfAwsIamRole(secret) ? 'AWSIAMRole' : 'somebody else';
}
