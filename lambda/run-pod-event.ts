import pMap from 'p-map';
import { BUDGET } from '../contract/budgets.ts';
import { isInScope, type NamespaceScope } from '../contract/kubernetes/namespace.ts';
import { SECRET_CONCURRENCY } from '../contract/limits.ts';
import {
  type CredentialRequest,
  type CredentialRequestEvent,
  requestedSecretName,
} from '../contract/pod-event.ts';
import { IncompleteViewError } from '../kubernetes/errors.ts';
import { runPlan } from './act/run-plan.ts';
import type { ActDeps } from './act/secrets/secret-api.ts';
import { shareSessions } from './act/sessions/assume-role.ts';
import type { RolePolicy } from './decide/guard.ts';
import { createPlanContext, type PlanContext } from './decide/plan.ts';
import { planRequest } from './decide/plan-refresh.ts';
import type { IgnoredMount } from './decide/requested-secrets.ts';
import type { MinuteCounter } from './minute-counter.ts';
import type { ClusterView, ObserveRequest } from './observe/observe-cluster.ts';
import type { ChangeLog } from './report/change-log.ts';
import type { EventReporter } from './report/events/event-reporter.ts';
import {
  type PodEventReport,
  type ServedRequest,
  summarizePodEvent,
} from './report/pod-event-report.ts';
import type { StatusWriter } from './report/statuses/status-writer.ts';
import { inTurns } from './turns.ts';

/** Dependencies of a pod event. */
export interface PodEventDeps extends ActDeps {
  readonly policy: RolePolicy;
  readonly scope: NamespaceScope;
  readonly observeRequests: (signal: AbortSignal) => ObserveRequest;
  /** Requests of each namespace that this container has looked up in this minute. */
  readonly requestCounts: MinuteCounter;
  readonly statusWriter: StatusWriter;
  readonly eventReporter: EventReporter;
  readonly changeLog: ChangeLog;
  readonly addPodEventMetrics: (report: PodEventReport) => void;
}

/**
 * Handles a pod event. The event is a hint: each request is looked up in the cluster, then planned and carried out as in
 * a refresh pass, for the one Secret that it names. Requests do not wait for each other: one is looked up while the role
 * of another is assumed. Namespaces take turns, and the requests of one beyond its limit are left to the next pass.
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
  const { within, left } = limitRequests(deps, wanted, startedAt);
  const served = await pMap(
    within,
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
  const report = summarizePodEvent({ served, left, startedAt, endedAt: deps.now(), unwritten });
  deps.changeLog.writePodEvent(outcomes, ignored, report);
  deps.addPodEventMetrics(report);
  await deps.eventReporter.report(outcomes, ignored, signal);
  if (report.incomplete.length > 0) {
    throw new IncompleteViewError(`could not read everything: ${report.incomplete.join('; ')}`);
  }
  return report;
}

/** Separates the requests that are looked up from those that exceed the limit of their namespace in this minute. */
function limitRequests(
  { scope, requestCounts }: PodEventDeps,
  wanted: readonly CredentialRequest[],
  now: Date,
) {
  const inScope = wanted.filter(({ namespace }) => isInScope(scope, namespace));
  const within: CredentialRequest[] = [];
  const left: CredentialRequest[] = [];
  for (const request of inTurns(inScope, ({ namespace }) => namespace)) {
    const { namespace } = request;
    const isOver = requestCounts.countOf(namespace, now) >= BUDGET.requestsPerNamespacePerMinute;
    if (!isOver) requestCounts.add(namespace, now);
    (isOver ? left : within).push(request);
  }
  return { within, left };
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
