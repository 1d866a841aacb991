import pMap from 'p-map';
import { isInScope, type NamespaceScope } from '../contract/namespace-scope.ts';
import { type CredentialRequestEvent, requestedSecretName } from '../contract/pod-event.ts';
import { IncompleteViewError } from '../kubernetes/errors.ts';
import { CONCURRENCY, runPlan } from './act/run-plan.ts';
import type { ActDeps } from './act/secrets/secret-api.ts';
import { shareSessions } from './act/sessions/assume-role.ts';
import type { RolePolicy } from './decide/guard.ts';
import { createPlanContext, type PlanContext } from './decide/plan.ts';
import { planRequest } from './decide/plan-refresh.ts';
import type { IgnoredMount } from './decide/requested-secrets.ts';
import type { ClusterView, ObserveRequest } from './observe/observe-cluster.ts';
import type { ChangeLog } from './report/change-log.ts';
import type { EventReporter } from './report/events/event-reporter.ts';
import {
  type PodEventReport,
  type ServedRequest,
  summarizePodEvent,
} from './report/pod-event-report.ts';
import type { StatusWriter } from './report/statuses/status-writer.ts';

/** What a pod event needs; all of it is made once per container. */
export interface PodEventDeps extends ActDeps {
  readonly policy: RolePolicy;
  readonly scope: NamespaceScope;
  readonly observeRequests: (signal: AbortSignal) => ObserveRequest;
  readonly statusWriter: StatusWriter;
  readonly eventReporter: EventReporter;
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
  { wanted }: CredentialRequestEvent,
  signal: AbortSignal,
): Promise<PodEventReport> {
  const startedAt = deps.now();
  const observe = deps.observeRequests(signal);
  const contextOf = contextsByNamespace(deps, startedAt);
  const sharing = { ...deps, assumeRole: shareSessions(deps.assumeRole) };
  const ignored: IgnoredMount[] = [];
  const served = await pMap(
    wanted.filter(({ namespace }) => isInScope(deps.scope, namespace)),
    async (want): Promise<ServedRequest> => {
      const view = await observe(want);
      const { namespace } = want;
      const plan = planRequest(contextOf(view), view, {
        namespace,
        name: requestedSecretName(want),
      });
      ignored.push(...plan.ignored);
      const outcomes = await runPlan(sharing, plan, signal);
      return { request: want, view, outcomes, servedAt: deps.now() };
    },
    { concurrency: CONCURRENCY },
  );
  const outcomes = served.flatMap((one) => one.outcomes);
  const unwritten = await deps.statusWriter.write(outcomes, signal);
  const report = summarizePodEvent({ served, startedAt, endedAt: deps.now(), unwritten });
  deps.changeLog.writePodEvent(outcomes, ignored, report);
  deps.addPodEventMetrics(report);
  await deps.eventReporter.report(outcomes, ignored, signal);
  if (report.incomplete.length > 0) {
    throw new IncompleteViewError(`not all could be read: ${report.incomplete.join('; ')}`);
  }
  return report;
}

/**
 * One context for all wants of a namespace, which is read once: what its annotation says may take 100 ms to compile,
 * and an event has room for 500 wants of it.
 */
function contextsByNamespace(deps: PodEventDeps, now: Date) {
  const contexts = new Map<ClusterView['namespaces'], PlanContext>();
  return ({ namespaces }: ClusterView): PlanContext => {
    const context = contexts.get(namespaces) ?? createPlanContext(deps, namespaces, now);
    contexts.set(namespaces, context);
    return context;
  };
}
