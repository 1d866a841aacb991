import type { NamespaceScope } from '../../contract/kubernetes/namespace.ts';
import { PASS } from '../../contract/pass.ts';
import { createPlanContext, type Plan, type PlanContext } from '../../lambda/decide/plan.ts';
import { planRefresh } from '../../lambda/decide/plan-refresh.ts';
import { planSweep } from '../../lambda/decide/plan-sweep.ts';
import { type LookUpSecret, lookUpUnmanaged } from '../../lambda/look-up-secrets.ts';
import { listSecretByName } from '../../lambda/observe/managed-secrets.ts';
import { type ClusterView, observeCluster } from '../../lambda/observe/observe-cluster.ts';
import type { ConnectedCluster } from '../cluster/with-cluster.ts';
import { describeIncompleteLists } from './incomplete.ts';

/** A pass that can be planned. */
export type PlannablePass = typeof PASS.refresh | typeof PASS.sweep;

/** The plan of a pass, and what it was made from. */
export interface PlannedPass {
  readonly plan: Plan;
  readonly view: ClusterView;
  readonly context: PlanContext;
  /** Why lists are incomplete, one line for each. */
  readonly incomplete: readonly string[];
}

/** Which pass to plan. */
interface PlanPassInput {
  readonly pass: PlannablePass;
  readonly scope: NamespaceScope;
  /** Plans a sweep as if an operator had released its brake. */
  readonly isConfirmed?: boolean;
}

/**
 * Observes the cluster and decides, with the code of the functions. Writes nothing and assumes no role, so the plan does
 * not show roles whose trust policy denies the refresher. It includes running pods in a refresh too, as a check of the
 * function does: what they lack is created by the next sweep.
 */
export async function planPass(
  {
    connection,
    config,
    now,
    signal,
  }: Pick<ConnectedCluster, 'connection' | 'config' | 'now' | 'signal'>,
  { pass, scope, isConfirmed = false }: PlanPassInput,
): Promise<PlannedPass> {
  const lookUpSecret: LookUpSecret = (secret, ending) =>
    listSecretByName(connection, { ...secret, freshness: 'any' }, ending);
  const listed = await observeCluster(connection, { phase: 'live', scope, signal });
  const view = await lookUpUnmanaged({ lookUpSecret, now }, listed, signal);
  const context = createPlanContext(config, view.namespaces, now());
  const plan =
    pass === PASS.sweep ? planSweep(context, view, isConfirmed) : planRefresh(context, view);
  return { plan, view, context, incomplete: describeIncompleteLists(view) };
}
