import type { CallFact, PassFact, TenantInvariant } from './facts.ts';
import type { TrackedState } from './tracked-state.ts';
import { followUnusedSecrets } from './unused-secrets.ts';

/*
 * The rules about what one hostile tenant can do to the others. They hold while nothing is at fault: what a fault explains is the
 * subject of the other rules.
 */

interface TenantRulesDeps {
  readonly state: TrackedState;
  readonly hostileNamespace: string;
  readonly report: (
    invariant: TenantInvariant,
    at: number,
    object: string,
    explanation: string,
  ) => void;
}

/** Judges what happens to the tenants that are not hostile. */
interface TenantRules {
  isHostile(key: string): boolean;
  checkCall(at: number, fact: CallFact): void;
  checkPass(at: number, fact: PassFact): void;
  /** Checks when the first credentials of a request came that could have had them since a time, in ms. */
  checkIssued(at: number, key: string, issuableSince: number): void;
  /** To be called each minute. */
  checkDeadlines(at: number): void;
}

const MINUTE_MS = 60_000;

/** How late the first credentials may be, in ms: the next refresh pass starts within 61 s. Usually an event precedes it. */
const MAX_LATENESS_MS = 75_000;

/** How long a Secret stays that nothing uses, in ms: until a sweep marks it, the grace period, and until the next sweep. */
const MAX_UNUSED_MS = 53 * MINUTE_MS;

/** An alarm pages after this many consecutive minutes. */
const MINUTES_TO_PAGE = 10;

/** How long a fault may explain a problem after it has ended, in ms. */
const AFTER_FAULT_MS = 15 * MINUTE_MS;

/**
 * Maximum requests about one namespace in a minute, whatever it contains: roles that STS denies, in a few containers with a hundred each,
 * and requests to the API.
 */
const MAX_CALLS_PER_MINUTE = { denied: 600, api: 6_000 };

/** Reasons to defer a Secret that its own namespace gives, or a concurrent pass. */
const OWN_REASONS: ReadonlySet<string | undefined> = new Set([
  'changed-meanwhile',
  'wanted-again',
  'secret-of-earlier-resource',
  'awsiamrole-terminating',
]);

/** Creates the rules for a history in which one namespace is hostile. */
export function createTenantRules(deps: TenantRulesDeps): TenantRules {
  const { state, hostileNamespace, report } = deps;
  const isHostile = (key: string) => key.startsWith(`${hostileNamespace}/`);
  const unused = followUnusedSecrets(state, (key) => !isHostile(key));
  const reported = new Set<string>();
  const isCalmSince = (since: number, at: number) => state.lastFaultBefore(at) <= since;
  const isExplained = (at: number) => state.lastOutageBefore(at) > at - AFTER_FAULT_MS;
  const checkCall = limitCalls(deps);
  const checkPage = limitPages(deps, isExplained);

  return {
    isHostile,
    checkCall,
    checkPass(at, fact) {
      checkPage(at, fact);
      for (const { namespace, name, result, reason } of fact.outcomes) {
        if (namespace === hostileNamespace || result !== 'deferred') continue;
        if (OWN_REASONS.has(reason) || isExplained(at)) continue;
        report('deferred-for-others', at, `${namespace}/${name}`, `it was deferred: ${reason}`);
      }
    },
    checkIssued(at, key, issuableSince) {
      const lateness = at - issuableSince;
      if (lateness <= MAX_LATENESS_MS || !isCalmSince(issuableSince, at)) return;
      const explanation = `it came ${lateness} ms after it could have been issued`;
      report('late-for-others', at, key, explanation);
    },
    checkDeadlines(at) {
      for (const [key, since] of unused.update(at)) {
        if (at - since <= MAX_UNUSED_MS || reported.has(key)) continue;
        reported.add(key);
        const explanation = `it could have been removed since ${new Date(since).toISOString()}`;
        report('removed-late-for-others', at, key, explanation);
      }
    },
  };
}

/** Returns the check of the requests about the hostile namespace. */
function limitCalls({
  state,
  hostileNamespace,
  report,
}: TenantRulesDeps): TenantRules['checkCall'] {
  let calls = { minute: 0, denied: 0, api: 0 };
  return (at, { call, namespace }) => {
    if (namespace !== hostileNamespace || call === 'sts') return;
    const minute = Math.floor(at / MINUTE_MS);
    if (calls.minute !== minute) calls = { minute, denied: 0, api: 0 };
    calls[call] += 1;
    const limit = MAX_CALLS_PER_MINUTE[call];
    // Each new container and each duplicated event has its own limit.
    if (calls[call] !== limit + 1 || state.lastFaultBefore(at) > at - MINUTE_MS) return;
    report('over-budget', at, hostileNamespace, `more than ${limit} calls (${call}) in a minute`);
  };
}

/** Returns the check that problems of the hostile namespace alone are not the operator's. */
function limitPages(
  { hostileNamespace, report }: TenantRulesDeps,
  isExplained: (at: number) => boolean,
): TenantRules['checkPass'] {
  let minutes = 0;
  return (at, { pass, operatorProblems, outcomes }) => {
    if (pass !== 'refresh') return;
    const isAlone = outcomes.every(
      ({ namespace, result }) => namespace === hostileNamespace || result !== 'failed',
    );
    const counts = operatorProblems > 0 && isAlone && !isExplained(at);
    minutes = counts ? minutes + 1 : 0;
    if (minutes !== MINUTES_TO_PAGE) return;
    const explanation = `its problems have been the operator's for ${minutes} minutes`;
    report('paged-by-tenant', at, hostileNamespace, explanation);
  };
}
