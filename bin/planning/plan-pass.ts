import type { NamespaceScope } from '../../contract/namespace-scope.ts';
import { PASS } from '../../contract/pass.ts';
import type { Plan } from '../../lambda/decide/plan.ts';
import { createPlanContext, type PlanContext } from '../../lambda/decide/plan.ts';
import { planRefresh } from '../../lambda/decide/plan-refresh.ts';
import { planSweep } from '../../lambda/decide/plan-sweep.ts';
import type { ClusterView } from '../../lambda/observe/cluster-view.ts';
import { observeCluster } from '../../lambda/observe/observe-cluster.ts';
import type { OpenCluster } from '../kubeconfig/with-cluster.ts';
import { incompleteLists } from './incomplete-lists.ts';

/** The passes that can be planned. */
export const PLANNED_PASSES = [PASS.refresh, PASS.sweep] as const;
export type PlannedPass = (typeof PLANNED_PASSES)[number];

/** What a pass would do, and what that was decided by. */
export interface PlannedRun {
  readonly plan: Plan;
  readonly view: ClusterView;
  readonly context: PlanContext;
  /** Why a list did not arrive whole, a line for each. */
  readonly incomplete: readonly string[];
}

/** Which run to plan. */
export interface PlanPassInput {
  readonly pass: PlannedPass;
  readonly scope: NamespaceScope;
  /** Whether a sweep is planned as if a person had let go of its brake. */
  readonly isConfirmed?: boolean;
}

/**
 * Looks at the cluster as the functions do and decides as they do. Nothing is written, and no role is assumed: a role
 * whose trust policy does not let the refresher in looks as any other.
 */
export async function planPass(
  {
    connection,
    config,
    now,
    signal,
  }: Pick<OpenCluster, 'connection' | 'config' | 'now' | 'signal'>,
  { pass, scope, isConfirmed = false }: PlanPassInput,
): Promise<PlannedRun> {
  const phase = pass === PASS.sweep ? 'live' : 'pending';
  const view = await observeCluster({ connection }, { phase, scope, signal });
  const context = createPlanContext(config, view.namespaces, now());
  const plan =
    pass === PASS.sweep ? planSweep(context, view, isConfirmed) : planRefresh(context, view);
  return { plan, view, context, incomplete: incompleteLists(view) };
}
