import { MAX_ITEMS_IN_RESPONSE } from '../contract/limits.ts';
import { PASS, type PassEvent, type PassName } from '../contract/pass.ts';
import { IncompleteViewError } from '../kubernetes/errors.ts';
import { runPlan } from './act/run-plan.ts';
import type { ActDeps } from './act/secrets/secret-api.ts';
import { shareSessions } from './act/sessions/assume-role.ts';
import { type TriedRole, tryRoles } from './act/sessions/try-roles.ts';
import type { RolePolicy } from './decide/guard.ts';
import { createPlanContext, type Plan } from './decide/plan.ts';
import { planRefresh } from './decide/plan-refresh.ts';
import { planSweep } from './decide/plan-sweep.ts';
import type { ClusterView } from './observe/observe-cluster.ts';
import type { PodPhase } from './observe/pods.ts';
import { type ChangeLog, truncateSecretName } from './report/change-log.ts';
import type { EventReporter } from './report/events/event-reporter.ts';
import {
  describeListFailures,
  type PassRecord,
  type PassReport,
  summarizePass,
} from './report/pass-report.ts';
import { type RoleRenewal, summarizeRenewal } from './report/role-renewal.ts';
import type { StatusWriter } from './report/statuses/status-writer.ts';

/** What a run needs; all of it is made once per container. */
export interface PassDeps extends ActDeps {
  readonly policy: RolePolicy;
  readonly observe: (pods: PodPhase, signal: AbortSignal) => Promise<ClusterView>;
  readonly statusWriter: StatusWriter;
  readonly eventReporter: EventReporter;
  readonly changeLog: ChangeLog;
  readonly addMetrics: (report: PassReport) => void;
}

/** The time of a run. A list that hangs must leave time to act on the others. */
export interface PassSignals {
  /** Ends the lists. */
  readonly observing: AbortSignal;
  /** Ends everything; comes later. */
  readonly acting: AbortSignal;
}

/** What a manual invocation is answered. */
export interface PassResult {
  readonly report: PassReport;
  /** With `check`: what a run would do now, less what it would leave as it is; the first thousand of it. */
  readonly wouldDo?: readonly PlannedChange[];
  /** With `check`: the mounts that ask for nothing, each with its reason; the first thousand of them. */
  readonly ignored?: readonly Omit<PlannedChange, 'action' | 'roleArn'>[];
  /** Of a refresh that was told to renew a role: what became of the Secrets of that role. */
  readonly renewal?: RoleRenewal;
  /** With `check`: whether the function can assume each role that is in use or would be given, really tried. */
  readonly roles?: readonly TriedRole[];
  /** With `check`: how many more it did not get to, being many or out of time. */
  readonly rolesNotTried?: number;
}

/** One line of a checked plan. */
export interface PlannedChange {
  readonly action: Plan['items'][number]['action'];
  readonly namespace: string;
  readonly secret: string;
  readonly roleArn: string;
  /** A pod that wants it. */
  readonly pod?: string;
  /** The AWSIAMRole that it belongs to. */
  readonly awsIamRole?: string;
  readonly reason?: string;
  readonly explanation?: string;
}

/**
 * One run: observes the cluster, decides, acts, reports. What could be seen is acted on even when a list broke off;
 * the run then fails after its report, so that Lambda's own error count shows it.
 *
 * @param acting - the pass of this function, which `check` checks
 * @param time - when to stop looking, and when to stop acting
 * @throws {IncompleteViewError} when a list did not arrive whole
 * @throws {ClusterSetupError | ClusterUnreachableError} when there is no way into the cluster
 */
export async function runPass(
  deps: PassDeps,
  event: PassEvent,
  acting: PassName,
  time: PassSignals,
): Promise<PassResult> {
  const startedAt = deps.now();
  const view = await deps.observe(acting === PASS.sweep ? 'live' : 'pending', time.observing);
  const plan = decide(deps, event, acting, view);
  const isCheck = event.pass === PASS.check;
  const sharing = { ...deps, assumeRole: shareSessions(deps.assumeRole) };
  const outcomes = isCheck ? [] : await runPlan(sharing, plan, time.acting);
  const unwritten = await deps.statusWriter.write(outcomes, time.acting);
  const report = tell(deps, event, { view, plan, outcomes, unwritten, startedAt });
  if (!isCheck) await deps.eventReporter.report(outcomes, plan.ignored, time.acting);
  const incomplete = describeListFailures(view);
  if (incomplete.length > 0) {
    throw new IncompleteViewError(`lists did not arrive whole: ${incomplete.join('; ')}`);
  }
  if (event.renew !== undefined)
    return { report, renewal: summarizeRenewal(outcomes, event.renew) };
  if (!isCheck) return { report };
  const { tried: roles, notTried: rolesNotTried } = await tryRoles(
    sharing.assumeRole,
    plan,
    time.acting,
  );
  const wouldDo = plannedChanges(plan);
  return { report, wouldDo, ignored: ignoredMounts(plan), roles, rolesNotTried };
}

function decide(deps: PassDeps, event: PassEvent, acting: PassName, view: ClusterView): Plan {
  const context = createPlanContext(deps, view.namespaces, deps.now(), event.renew);
  return acting === PASS.sweep
    ? planSweep(context, view, event.confirm === true)
    : planRefresh(context, view);
}

function tell(
  deps: PassDeps,
  event: PassEvent,
  run: Omit<PassRecord, 'pass' | 'endedAt' | 'refreshBeforeSeconds' | 'forwarderRoleArn'>,
): PassReport {
  const { refreshBeforeSeconds, policy } = deps;
  const { forwarderRoleArn } = policy;
  const endedAt = deps.now();
  const { pass } = event;
  const report = summarizePass({ ...run, pass, endedAt, refreshBeforeSeconds, forwarderRoleArn });
  if (event.pass === PASS.check) {
    deps.changeLog.writeCheck(report);
  } else {
    deps.changeLog.writePass(run.outcomes, run.plan.ignored, report);
    deps.addMetrics(report);
  }
  return report;
}

function plannedChanges(plan: Plan): readonly PlannedChange[] {
  return plan.items
    .filter((item) => item.action !== 'keep')
    .slice(0, MAX_ITEMS_IN_RESPONSE)
    .map((item) => ({
      action: item.action,
      namespace: item.namespace,
      secret: item.name,
      roleArn: item.roleArn,
      ...(item.pod === undefined ? {} : { pod: item.pod.name }),
      ...(item.awsIamRole === undefined ? {} : { awsIamRole: item.awsIamRole.name }),
      ...('reason' in item ? { reason: item.reason, explanation: item.message } : {}),
    }));
}

function ignoredMounts(plan: Plan): PassResult['ignored'] & object {
  return plan.ignored
    .slice(0, MAX_ITEMS_IN_RESPONSE)
    .map(({ pod, secretName, reason, message }) => ({
      namespace: pod.namespace,
      pod: pod.name,
      secret: truncateSecretName(secretName),
      reason,
      explanation: message,
    }));
}
