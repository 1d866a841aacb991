import { wasAvailableFor } from './availability.ts';
import type {
  ChangeFact,
  Fact,
  Invariant,
  SessionFact,
  TrackedObject,
  Violation,
} from './facts.ts';
import { MAX_PASS_MS } from './permissions.ts';
import {
  hasSameData,
  isImmutable,
  isMarked,
  isSameExceptStatus,
  keyOf,
  ownershipOf,
  readCredentials,
  roleNameOf,
} from './read-objects.ts';
import { createTenantRules } from './tenant-rules.ts';
import {
  type CheckedPolicy,
  createTrackedState,
  DEFAULT_PROMISE,
  type SecretRequest,
  type Session,
  type TrackedPod,
  type TrackedSecret,
} from './tracked-state.ts';

/** Receives everything that happens, in order, and collects the violations of the product's safety rules. */
export interface InvariantChecker {
  readonly violations: readonly Violation[];
  /** How long requests waited for their first credentials while nothing was at fault, in ms; not those of a hostile tenant. */
  readonly latenesses: readonly number[];
  record(at: Date, fact: Fact): void;
  /** Checks the rules that the passing of time can break. To be called each minute. */
  checkDeadlines(at: Date): void;
  /** Checks that everything is as requested, after two hours without faults. */
  checkEndState(at: Date): void;
  /** Returns the Secrets with their owners and roles, without what differs between equal histories. */
  endState(): readonly string[];
}

const MINUTE_MS = 60_000;

/** How long all dependencies must be available without a break until the product must have issued credentials, in ms. */
const REQUIRED_AVAILABILITY_MS = {
  /** Two refresh passes. */
  refresh: 2 * MINUTE_MS,
  /** The product retries a denied role within five minutes. */
  afterDenial: 6.5 * MINUTE_MS,
  /** If some calls or invocations fail, several passes are needed until one succeeds. */
  unreliable: 20 * MINUTE_MS,
  /** Two sweep passes: the first may have to remove an unused mark. */
  sweep: 23 * MINUTE_MS,
  unreliableSweep: 160 * MINUTE_MS,
};

/** How long a marked Secret stays, in ms. */
const GRACE_MS = 30 * MINUTE_MS;

/** Creates a checker with an empty state. */
export function createInvariantChecker(policy: CheckedPolicy): InvariantChecker {
  const violations: Violation[] = [];
  const state = createTrackedState(policy);
  const { toleratedMs, changesTakeMs } = policy.sessions ?? DEFAULT_PROMISE;
  /** Secrets without credentials that were reported and are not fixed yet. */
  const reported = new Set<string>();
  const latenesses: number[] = [];

  const report = (invariant: Invariant, at: number, object: string, explanation: string): void => {
    violations.push({ invariant, at: new Date(at), object, explanation });
  };

  const { hostileNamespace } = policy;
  const tenants =
    hostileNamespace === undefined
      ? undefined
      : createTenantRules({ state, hostileNamespace, report });
  const isHostile = (key: string) => tenants?.isHostile(key) ?? false;

  const checkSession = (at: number, { roleArn, sessionName }: SessionFact): void => {
    const [namespace = ''] = sessionName.split('@');
    const subject = `${namespace} ${roleArn}`;
    if (policy.isForbidden(roleArn)) {
      report('not-allowed', at, subject, 'the stack forbids the role');
    } else if (!state.allowedRecently(namespace, roleArn, at)) {
      report('not-allowed', at, subject, 'the namespace does not allow the role');
    }
  };

  const checkChange = (at: number, fact: ChangeFact): void => {
    const key = keyOf(fact.object);
    const before = state.secrets.get(key);
    state.recordChange(at, fact);
    if (fact.by === 'others') return;
    if (!mayChange(fact)) {
      const explanation = `the product changed ${fact.collection} (${fact.type})`;
      report('foreign-changed', at, key, explanation);
    }
    if (fact.collection === 'secrets') checkSecret(at, key, fact, before);
  };

  const checkSecret = (
    at: number,
    key: string,
    { type, previous, object }: ChangeFact,
    before: TrackedSecret | undefined,
  ): void => {
    if (type === 'DELETED') {
      checkRemoval(at, key, before);
      return;
    }
    if (isMarked(object) && before?.markedAt === undefined) {
      checkUnused('in-use-marked', at, key, ([, { since }]) => at - since > MAX_PASS_MS);
    }
    if (previous === undefined || !hasSameData(previous, object))
      checkWrite(at, key, object, before);
  };

  const checkWrite = (
    at: number,
    key: string,
    object: TrackedObject,
    before: TrackedSecret | undefined,
  ): void => {
    if (ownershipOf(object) === 'orphan') {
      const explanation = 'its AWSIAMRole, which decides about its role, is unknown';
      report('wrong-session', at, key, explanation);
    }
    const session = checkCredentials(at, key, object);
    if (before === undefined && session !== undefined) recordIssued(at, key, session);
    state.setSession(key, session);
  };

  /** Records how late the first credentials of a request are, if no fault explains it. */
  const recordIssued = (at: number, key: string, { roleArn }: Session): void => {
    const since = state
      .requestsOf(key)
      .filter((request) => request.isSeenByRefresh && request.roleArn === roleArn)
      .map((request) => state.issuableSince(key, request))
      .find((one) => one !== undefined);
    if (since === undefined || since > at || isHostile(key)) return;
    if (state.wasDenied(roleArn) || state.lastFaultBefore(at) > since) return;
    latenesses.push(at - since);
    tenants?.checkIssued(at, key, since);
  };

  const checkRemoval = (at: number, key: string, removed: TrackedSecret | undefined): void => {
    // If a pod is created between a sweep's last list and its delete, the next refresh creates the Secret again.
    checkUnused(
      'in-use-deleted',
      at,
      key,
      ([, { isRunning, since }]) => isRunning || at - since > MAX_PASS_MS,
    );
    if (removed === undefined || removed.tamperedAt !== undefined) return;
    const { markedAt = at } = removed;
    // The mark holds the start of its pass, which may have written it at the end.
    if (at - markedAt >= GRACE_MS - MAX_PASS_MS) return;
    report('removed-early', at, key, `it was marked as unused at ${formatTime(markedAt)}`);
  };

  const checkUnused = (
    invariant: Invariant,
    at: number,
    key: string,
    counts: (pod: readonly [string, TrackedPod]) => boolean,
  ): void => {
    const inUse = state.podsOf(key).find(counts);
    if (inUse === undefined) return;
    const [pod, { since }] = inUse;
    report(invariant, at, key, `pod ${pod} has used it since ${formatTime(since)}`);
  };

  /** Checks what the product wrote into a Secret, and returns its session. */
  const checkCredentials = (
    at: number,
    key: string,
    object: TrackedObject,
  ): Session | undefined => {
    const { accessKeyIds, expiries } = readCredentials(object);
    const [accessKeyId = ''] = accessKeyIds;
    const session = state.sessionOf(accessKeyId);
    const reportSession = (explanation: string) =>
      report('wrong-session', at, key, `the Secret holds ${explanation}`);
    if (accessKeyIds.size !== 1 || session === undefined) {
      reportSession(`${accessKeyIds.size} access keys, or one that STS did not issue`);
      return undefined;
    }
    if (session.namespace !== object.metadata.namespace) {
      reportSession(`a session of namespace ${session.namespace}`);
    }
    const roleArns =
      ownershipOf(object) === 'of-awsiamrole'
        ? state.rolesOfAwsIamRole(key)
        : [policy.baseRoleArn + roleNameOf(object.metadata.name)];
    if (roleArns.length > 0 && !roleArns.includes(session.roleArn)) {
      reportSession(`a session of ${session.roleArn}`);
    }
    for (const expiry of expiries.filter((one) => Date.parse(one) !== session.expiresAt)) {
      reportSession(`the expiry ${expiry} instead of ${formatTime(session.expiresAt)}`);
    }
    return session;
  };

  /** Checks that a request has not been without credentials for longer than faults explain. */
  const checkRequest = (at: number, key: string, request: SecretRequest): void => {
    const secret = state.secrets.get(key);
    if (secret !== undefined && isUnwritable(secret.object)) return;
    if (state.isKeptOfEarlierAwsIamRole(key)) return;
    const session = secret?.session?.roleArn === request.roleArn ? secret.session : undefined;
    if (session !== undefined && session.expiresAt > at) reported.delete(key);
    else if (!reported.has(key)) checkMissing(at, key, request, session);
  };

  const checkMissing = (
    at: number,
    key: string,
    request: SecretRequest,
    expired: Session | undefined,
  ): void => {
    const issuableSince = state.issuableSince(key, request);
    if (issuableSince === undefined) return;
    const from =
      expired === undefined
        ? issuableSince
        : Math.max(issuableSince, at - toleratedMs(expired.expiresAt - expired.issuedAt));
    // A refresh may believe a forged annotation, or the mark of a Secret that nobody used until now; a sweep sees the pods.
    const secret = state.secrets.get(key);
    const isUnclear =
      secret === undefined || secret.tamperedAt !== undefined || isMarked(secret.object);
    const isSeenByRefresh = request.isSeenByRefresh || (expired !== undefined && !isUnclear);
    if (!hadEnoughTime(request.roleArn, isSeenByRefresh, from, at)) return;
    reported.add(key);
    const explanation = `it could have been issued since ${formatTime(issuableSince)}`;
    if (expired === undefined) report('not-issued', at, key, explanation);
    else {
      const expiry = formatTime(expired.expiresAt);
      report('in-use-expired', at, key, `${explanation}, expired ${expiry}`);
    }
  };

  const hadEnoughTime = (
    roleArn: string,
    isSeenByRefresh: boolean,
    from: number,
    to: number,
  ): boolean => {
    const { refresh, afterDenial, unreliable, sweep, unreliableSweep } = REQUIRED_AVAILABILITY_MS;
    const isReliable = state.reliability.outagesAfter(from).length === 0;
    const dependencies = state.dependenciesOf(roleArn);
    if (!isSeenByRefresh) {
      const length = isReliable ? sweep : unreliableSweep;
      return wasAvailableFor([...dependencies, state.sweeps], { from, to, length });
    }
    const reliable = (state.wasDenied(roleArn) ? afterDenial : refresh) + changesTakeMs;
    const length = isReliable ? reliable : unreliable;
    return wasAvailableFor(dependencies, { from, to, length });
  };

  const checkFinalSecret = (at: number, key: string, object: TrackedObject): void => {
    const ownership = ownershipOf(object);
    if (ownership !== 'of-pods' && ownership !== 'orphan') return;
    const isUsed = state.podsOf(key).length > 0;
    const isRequested = isUsed || state.requestsOf(key).length > 0;
    // A finalizer may keep it for as long as it likes.
    const isHeld = object.metadata.deletionTimestamp !== undefined;
    if (isHeld) return;
    if (!isRequested) report('wrong-end-state', at, key, 'it exists, but is not requested');
    else if (isMarked(object)) {
      report('wrong-end-state', at, key, 'it is requested, but marked as unused');
    }
  };

  const isIssuable = (key: string): boolean =>
    state.requestsOf(key).some((request) => state.issuableSince(key, request) !== undefined);

  /**
   * Whether the end state of a Secret does not depend on the order of events. It does for a role that is no longer allowed, whose
   * existing Secret is kept, and for a name that both pods and an AWSIAMRole request, which the first of them has.
   */
  const isDeterministic = (key: string): boolean =>
    !isHostile(key) &&
    (state.requestsOf(key).length === 0 || (!state.isContested(key) && isIssuable(key)));

  return {
    violations,
    latenesses,
    record(at, fact) {
      const time = at.getTime();
      if (fact.kind === 'session') {
        state.recordSession(time, fact);
        checkSession(time, fact);
      } else if (fact.kind === 'fault') state.recordFault(time, fact);
      else if (fact.kind === 'call') tenants?.checkCall(time, fact);
      else if (fact.kind === 'pass') tenants?.checkPass(time, fact);
      else checkChange(time, fact);
    },
    checkDeadlines(at) {
      const time = at.getTime();
      for (const key of state.requestedKeys()) {
        if (isHostile(key)) continue;
        for (const request of state.requestsOf(key)) checkRequest(time, key, request);
      }
      tenants?.checkDeadlines(time);
      state.forgetBefore(time);
    },
    checkEndState(at) {
      const time = at.getTime();
      for (const [key, { object }] of state.secrets) {
        if (!isHostile(key)) checkFinalSecret(time, key, object);
      }
      for (const key of state.requestedKeys()) {
        if (isHostile(key) || state.secrets.has(key) || !isIssuable(key)) continue;
        report('wrong-end-state', time, key, 'it is requested, but does not exist');
      }
    },
    endState: () =>
      [...state.secrets]
        .filter(([key]) => isDeterministic(key))
        .map(([key, { object, session }]) => {
          const mark = isMarked(object) ? ' marked' : '';
          return `${key} ${ownershipOf(object)} ${session?.roleArn ?? '-'}${mark}`;
        })
        .toSorted(),
  };
}

/** Whether the product cannot write a Secret: it is not its own, or immutable. */
function isUnwritable(object: TrackedObject): boolean {
  return ownershipOf(object) === 'foreign' || isImmutable(object);
}

/** Kubernetes removes the other Secrets, with their owners. */
const REMOVABLE: ReadonlySet<string> = new Set(['of-pods', 'orphan']);

/** Whether the product may make a change: of its own Secrets, of the status of AWSIAMRoles, and of Events. */
function mayChange({ collection, type, previous, object }: ChangeFact): boolean {
  if (collection === 'events') return true;
  if (collection === 'awsiamroles') {
    return type === 'MODIFIED' && isSameExceptStatus(previous, object);
  }
  if (collection !== 'secrets') return false;
  if (type === 'DELETED') return REMOVABLE.has(ownershipOf(object));
  return type === 'ADDED' || (previous !== undefined && ownershipOf(previous) !== 'foreign');
}

function formatTime(at: number): string {
  return new Date(at).toISOString();
}
