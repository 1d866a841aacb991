import { evidenceSince, hasEvidence, isLasting, lastIssuedIn, missingSince } from './evidence.ts';
import type { CreateItem, ExistingItem, PlanContext, PlanItem } from './plan.ts';
import { isMarked } from './secret-state.ts';

/** Secrets of as many namespaces are renewed early. The role of one may be broken too. */
const SPOT_CHECKS = 3;

/**
 * Adds spot checks to the items of a refresh. If credentials of a namespace could not be issued, and those of no other have
 * been issued since, nobody knows yet whether the cause is in that namespace or in what all share. So the pass renews the
 * credentials of a few other namespaces, those that are due next, a little earlier than planned. If that succeeds, the
 * problem is one of the namespace; the operator is not called because of one tenant in a cluster in which little happens.
 */
export function withSpotChecks(
  context: PlanContext,
  items: readonly PlanItem[],
): readonly PlanItem[] {
  const checks = new Map<PlanItem, ExistingItem>();
  const checkedIn = new Set<string>();
  for (const item of candidatesIn(context, items)) {
    const check = checkedIn.has(item.namespace) ? undefined : spotCheck(context, item);
    if (check === undefined) continue;
    checks.set(item, check);
    checkedIn.add(item.namespace);
    if (checks.size === SPOT_CHECKS) break;
  }
  return checks.size === 0 ? items : items.map((item) => checks.get(item) ?? item);
}

/**
 * Returns the Secrets in use that are not due, those that are due next first: of namespaces without a problem or, if there are
 * none, of all.
 */
function candidatesIn(context: PlanContext, items: readonly PlanItem[]): readonly ExistingItem[] {
  const unexplained = unexplainedNamespaces(context, items);
  if (unexplained.size === 0) return [];
  const candidates = items
    .filter(isInUse)
    .filter(context.isComparable)
    .toSorted((one, other) => expiryOf(one) - expiryOf(other));
  const others = candidates.filter(({ namespace }) => !unexplained.has(namespace));
  if (others.length > 0) return others;
  return unexplainedNamespaces(context, items, true).size > 0 ? candidates : [];
}

function expiryOf({ expiresAt }: PlanItem): number {
  return expiresAt?.getTime() ?? 0;
}

/**
 * Returns the namespaces whose credentials lastingly lack, without evidence that those of others can be issued.
 *
 * @param isOwnEvidence - whether other credentials of the same namespace are evidence too
 */
function unexplainedNamespaces(
  context: PlanContext,
  items: readonly PlanItem[],
  isOwnEvidence = false,
): ReadonlySet<string> {
  const { now } = context;
  const problems = items.filter(isIssue).flatMap((item) => {
    const since = missingSince(item, context);
    return since !== undefined && isLasting(since, now) ? [{ item, since }] : [];
  });
  if (problems.length === 0) return new Set();
  const lastIssued = lastIssuedIn(items.filter(context.isComparable), now);
  const byNamespace = Map.groupBy(problems, ({ item }) => item.namespace);
  const isUnexplained = ([namespace, ofNamespace]: readonly [string, typeof problems]) => {
    const began = evidenceSince(
      ofNamespace.map(({ since }) => since),
      now,
    );
    return !hasEvidence(lastIssued, began, isOwnEvidence ? undefined : namespace);
  };
  return new Set([...byNamespace].filter(isUnexplained).map(([namespace]) => namespace));
}

function isIssue(item: PlanItem): item is CreateItem | ExistingItem {
  return item.action === 'create' || item.action === 'renew';
}

function isInUse(item: PlanItem): item is ExistingItem {
  return (
    item.action === 'keep' &&
    item.expiresAt !== undefined &&
    item.outdated === undefined &&
    item.otherwise === undefined &&
    item.secret.deletion === undefined &&
    !isMarked(item.secret)
  );
}

function spotCheck(context: PlanContext, item: ExistingItem): ExistingItem | undefined {
  const { namespace, roleArn, awsIamRole } = item;
  const requester = awsIamRole === undefined ? 'pod' : 'awsIamRole';
  const decision = context.authorize(namespace, roleArn, requester);
  return decision.kind === 'allowed'
    ? { ...item, action: 'renew', grant: decision.grant }
    : undefined;
}
