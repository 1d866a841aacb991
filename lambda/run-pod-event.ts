import pMap from 'p-map';
import type { ActDeps } from './act/act-deps.ts';
import { CONCURRENCY, runPlan } from './act/run-plan.ts';
import type { CredentialsWanted, Want } from './contract/pod-event.ts';
import type { IgnoredMount } from './decide/credential-request.ts';
import type { RolePolicy } from './decide/guard.ts';
import type { Plan } from './decide/plan.ts';
import { createPlanContext } from './decide/plan-context.ts';
import { planRefresh } from './decide/plan-refresh.ts';
import { IncompleteViewError } from './errors.ts';
import type { ObserveWant } from './observe/observe-want.ts';
import type { ChangeLog } from './report/change-log.ts';
import {
  type PodEventReport,
  type ServedWant,
  summarizePodEvent,
} from './report/pod-event-report.ts';

/** What a pod event needs; all of it is made once per container. */
export interface PodEventDeps extends ActDeps {
  readonly policy: RolePolicy;
  /** The namespaces to look at; empty for all. */
  readonly namespaces: readonly string[];
  readonly observeWants: (signal: AbortSignal) => ObserveWant;
  readonly changeLog: ChangeLog;
  readonly addPodEventMetrics: (report: PodEventReport) => void;
}

/**
 * Serves a pod event. It is a hint: each want is looked up in the cluster, and goes through the same plan and the same
 * acts as in the minute's run, for the one Secret that it names. Wants do not wait for one another: while one is being
 * read, the role of another is being assumed.
 *
 * @throws {IncompleteViewError} when something could not be read; the rest was served
 * @throws {ClusterSetupError} when there is no way into the cluster
 */
export async function runPodEvent(
  deps: PodEventDeps,
  { wanted }: CredentialsWanted,
  signal: AbortSignal,
): Promise<PodEventReport> {
  const startedAt = deps.now();
  const observe = deps.observeWants(signal);
  const ignored: IgnoredMount[] = [];
  const served = await pMap(
    wanted.filter(({ namespace }) => isInScope(deps, namespace)),
    async (want): Promise<ServedWant> => {
      const view = await observe(want);
      const context = createPlanContext(deps, view.namespaces, deps.now());
      const plan = planRefresh(context, view);
      ignored.push(...plan.ignored);
      const [outcome] = await runPlan(deps, forWant(plan, want), signal);
      return { want, view, outcome, servedAt: deps.now() };
    },
    { concurrency: CONCURRENCY },
  );
  const report = summarizePodEvent(served, startedAt, deps.now());
  deps.changeLog.writePodEvent(
    served.flatMap(({ outcome }) => outcome ?? []),
    ignored,
    report,
  );
  deps.addPodEventMetrics(report);
  if (report.incomplete.length > 0) {
    throw new IncompleteViewError(`not all could be read: ${report.incomplete.join('; ')}`);
  }
  return report;
}

function isInScope({ namespaces }: PodEventDeps, namespace: string): boolean {
  return namespaces.length === 0 || namespaces.includes(namespace);
}

/** The one item that the event is about, if a pod wants it. The pod's other Secrets are not the event's. */
function forWant(plan: Plan, { secret }: Want): Plan {
  const items = plan.items.filter(({ name, pod }) => name === secret && pod !== undefined);
  return { items, ignored: [] };
}
