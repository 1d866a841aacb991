import pMap from 'p-map';
import { isInScope, type NamespaceScope } from '../contract/kubernetes/namespace.ts';
import { SECRET_CONCURRENCY } from '../contract/limits.ts';
import { type CredentialRequestEvent, requestedSecretName } from '../contract/pod-event.ts';
import { IncompleteViewError } from '../kubernetes/errors.ts';
import { runPlan } from './act/run-plan.ts';
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

/** Dependencies of a pod event. */
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
 * Handles a pod event. The event is a hint: each request is looked up in the cluster, then planned and carried out as in
 * a refresh pass, for the one Secret that it names. Requests do not wait for each other: one is looked up while the role
 * of another is assumed.
 *
 * @throws {IncompleteViewError} when something could not be read; the other requests were handled
 * @throws {ClusterSetupError} when the setup has to be fixed
 */
export async function runPodEvent(
  deps: PodEventDeps,
  { wanted }: CredentialRequestEvent,
  signal: AbortSignal,
): Promise<PodEventReport> {
  const startedAt = deps.now();
  const observe = deps.observeRequests(signal);
  const contextOf = contextByNamespace(deps, startedAt);
  const sharing = { ...deps, assumeRole: shareSessions(deps.assumeRole) };
  const ignored: IgnoredMount[] = [];
  const served = await pMap(
    wanted.filter(({ namespace }) => isInScope(deps.scope, namespace)),
    async (request): Promise<ServedRequest> => {
      const view = await observe(request);
      const { namespace } = request;
      const plan = planRequest(contextOf(view), view, {
        namespace,
        name: requestedSecretName(request),
      });
      ignored.push(...plan.ignored);
      const acted = await runPlan(sharing, plan, signal);
      const outcomes = deps.creations.record(acted, view.namespaces, deps.now());
      return { request, view, outcomes, servedAt: deps.now() };
    },
    { concurrency: SECRET_CONCURRENCY },
  );
  const outcomes = served.flatMap((one) => one.outcomes);
  const unwritten = await deps.statusWriter.write(outcomes, signal);
  const report = summarizePodEvent({ served, startedAt, endedAt: deps.now(), unwritten });
  deps.changeLog.writePodEvent(outcomes, ignored, report);
  deps.addPodEventMetrics(report);
  await deps.eventReporter.report(outcomes, ignored, signal);
  if (report.incomplete.length > 0) {
    throw new IncompleteViewError(`could not read everything: ${report.incomplete.join('; ')}`);
  }
  return report;
}

/**
 * Shares one context between all requests of a namespace, whose listing they share: its annotation may take 100 ms to
 * compile, and an event may contain 500 requests.
 */
function contextByNamespace(deps: PodEventDeps, now: Date) {
  const contexts = new Map<ClusterView['namespaces'], PlanContext>();
  return ({ namespaces }: ClusterView): PlanContext => {
    const context = contexts.get(namespaces) ?? createPlanContext(deps, namespaces, now);
    contexts.set(namespaces, context);
    return context;
  };
}
