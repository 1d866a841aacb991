import { MAX_ITEMS_IN_RESPONSE } from '../contract/limits.ts';
import { PASS, type PassEvent, type PassName } from '../contract/pass.ts';
import { IncompleteViewError } from '../kubernetes/errors.ts';
import { runPlan } from './act/run-plan.ts';
import type { ActDeps } from './act/secrets/secret-api.ts';
import { shareSessions } from './act/sessions/assume-role.ts';
import { type TriedRole, tryRoles } from './act/sessions/try-roles.ts';
import { isComparableSession } from './decide/configured-session.ts';
import type { RolePolicy } from './decide/guard.ts';
import { createPlanContext, type Plan, type PlanItem } from './decide/plan.ts';
import { planRefresh } from './decide/plan-refresh.ts';
import { planSweep } from './decide/plan-sweep.ts';
import { type LookUpSecret, lookUpUnmanaged } from './look-up-secrets.ts';
import type { ClusterView } from './observe/observe-cluster.ts';
import type { PodPhase } from './observe/pods.ts';
import type { ChangeLog } from './report/change-log.ts';
import type { EventReporter } from './report/events/event-reporter.ts';
import { truncateSecretName } from './report/log-lines.ts';
import {
  describeListFailures,
  type PassRecord,
  type PassReport,
  summarizePass,
} from './report/pass-report.ts';
import { type RoleRenewal, summarizeRenewal } from './report/role-renewal.ts';
import type { StatusWriter } from './report/statuses/status-writer.ts';

/** Dependencies of a pass. */
export interface PassDeps extends ActDeps {
  readonly policy: RolePolicy;
  readonly observe: (pods: PodPhase, signal: AbortSignal) => Promise<ClusterView>;
  readonly lookUpSecret: LookUpSecret;
  readonly statusWriter: StatusWriter;
  readonly eventReporter: EventReporter;
  readonly changeLog: ChangeLog;
  readonly addMetrics: (report: PassReport) => void;
}

/** Limit the duration of a pass, so that a list that hangs leaves time to act on the others. */
export interface PassSignals {
  /** Aborts the lists. */
  readonly observing: AbortSignal;
  /** Aborts the whole pass; later than `observing`. */
  readonly acting: AbortSignal;
}

/** The response to an invocation. */
interface PassResult {
  readonly report: PassReport;
  /** `check` only: what a pass would do now, without the Secrets that it would keep; at most 1,000 items. */
  readonly wouldDo?: readonly PlannedChange[];
  /** `check` only: the mounts that request no Secret, with the reason; at most 1,000. */
  readonly ignored?: readonly Omit<PlannedChange, 'action' | 'roleArn'>[];
  /** A refresh with `renew` only: the outcomes of the Secrets of that role. */
  readonly renewal?: RoleRenewal;
  /** `check` only: whether the function can assume each role in use. The function calls STS to find out. */
  readonly roles?: readonly TriedRole[];
  /** `check` only: how many roles were not tried, because of their number or for lack of time. */
  readonly rolesNotTried?: number;
}

/** An item of a plan, in the response to `check`. */
interface PlannedChange {
  readonly action: PlanItem['action'];
  readonly namespace: string;
  readonly secret: string;
  readonly roleArn: string;
  /** A pod that requests the Secret. */
  readonly pod?: string;
  /** The AWSIAMRole that owns the Secret. */
  readonly awsIamRole?: string;
  readonly reason?: string;
  readonly explanation?: string;
}

/**
 * Performs one pass: observe, decide, act, report. An incomplete list does not stop it from acting on what it received;
 * it then throws after its report, so that Lambda counts the invocation as an error.
 *
 * @param ownPass - the pass of this function, also when the event requests a `check` of it
 * @throws {IncompleteViewError} when a list is incomplete
 * @throws {ClusterSetupError} when the setup has to be fixed
 * @throws {ClusterUnreachableError} when the cluster did not answer
 */
export async function runPass(
  deps: PassDeps,
  event: PassEvent,
  ownPass: PassName,
  signals: PassSignals,
): Promise<PassResult> {
  const startedAt = deps.now();
  const isCheck = event.pass === PASS.check;
  // A check of the refresh speaks of running pods too, whose Secrets only sweeps can see.
  const phase = ownPass === PASS.sweep || isCheck ? 'live' : 'pending';
  const listed = await deps.observe(phase, signals.observing);
  const view = await lookUpUnmanaged(deps, listed, signals.acting);
  const plan = decide(deps, event, ownPass, view);
  const sharing = { ...deps, assumeRole: shareSessions(deps.assumeRole) };
  const outcomes = isCheck
    ? []
    : deps.creations.record(
        await runPlan(sharing, plan, signals.acting),
        view.namespaces,
        deps.now(),
      );
  const unwritten = await deps.statusWriter.write(outcomes, signals.acting);
  const report = writeReport(deps, event, { view, plan, outcomes, unwritten, startedAt });
  if (!isCheck) await deps.eventReporter.report(outcomes, plan.ignored, signals.acting);
  const incomplete = describeListFailures(view);
  if (incomplete.length > 0) {
    throw new IncompleteViewError(`incomplete lists: ${incomplete.join('; ')}`);
  }
  if (event.renew !== undefined)
    return { report, renewal: summarizeRenewal(outcomes, event.renew) };
  if (!isCheck) return { report };
  const { tried: roles, notTried: rolesNotTried } = await tryRoles(
    sharing.assumeRole,
    plan,
    signals.acting,
  );
  const wouldDo = plannedChanges(plan);
  return { report, wouldDo, ignored: ignoredMounts(plan), roles, rolesNotTried };
}

function decide(deps: PassDeps, event: PassEvent, ownPass: PassName, view: ClusterView): Plan {
  const context = createPlanContext(deps, view.namespaces, deps.now(), event.renew);
  return ownPass === PASS.sweep
    ? planSweep(context, view, event.confirm === true)
    : planRefresh(context, view);
}

function writeReport(
  deps: PassDeps,
  { pass }: PassEvent,
  record: Pick<PassRecord, 'view' | 'plan' | 'outcomes' | 'unwritten' | 'startedAt'>,
): PassReport {
  const { refreshBeforeSeconds, policy, changeLog } = deps;
  const { forwarderRoleArn } = policy;
  const endedAt = deps.now();
  const report = summarizePass({
    ...record,
    pass,
    endedAt,
    refreshBeforeSeconds,
    forwarderRoleArn,
    isComparable: (outcome) => isComparableSession(deps, outcome),
  });
  if (pass === PASS.check) {
    changeLog.writeCheck(report);
  } else {
    changeLog.writePass(record.outcomes, record.plan.ignored, report);
    deps.addMetrics(report);
  }
  return report;
}

function plannedChanges({ items }: Plan): readonly PlannedChange[] {
  return items
    .filter((item) => item.action !== 'keep')
    .slice(0, MAX_ITEMS_IN_RESPONSE)
    .map((item) => ({
      action: item.action,
      namespace: item.namespace,
      secret: truncateSecretName(item.name),
      roleArn: item.roleArn,
      ...(item.pod === undefined ? {} : { pod: item.pod.name }),
      ...(item.awsIamRole === undefined ? {} : { awsIamRole: item.awsIamRole.name }),
      ...('reason' in item ? { reason: item.reason, explanation: item.message } : {}),
    }));
}

function ignoredMounts({ ignored }: Plan): PassResult['ignored'] & object {
  return ignored.slice(0, MAX_ITEMS_IN_RESPONSE).map(({ pod, secretName, reason, message }) => ({
    namespace: pod.namespace,
    pod: pod.name,
    secret: truncateSecretName(secretName),
    reason,
    explanation: message,
  }));
}
