import { formatInstant } from '../../../contract/format-instant.ts';
import type { PlanContext, PlanItem } from '../../../lambda/decide/plan.ts';
import { issuedAt, refreshBeforeOf } from '../../../lambda/decide/secret-state.ts';
import { formatUntil } from '../../../tools/terminal/format-duration.ts';
import { suggestCommand, type TargetOptions } from '../../cluster/suggested-command.ts';
import type { ProductEvent, ProductEvents } from './product-events.ts';

/** What became of a requested Secret, worst first. `own`: it is the pod's own, and not the product's. */
export const OUTCOMES = ['withheld', 'failing', 'undecided', 'waiting', 'given', 'own'] as const;
export type Outcome = (typeof OUTCOMES)[number];

/** What became of a requested Secret, why, and what to do about it. */
export interface SecretConclusion {
  readonly outcome: Outcome;
  readonly conclusion: string;
  readonly next?: string;
}

/** Input of {@link judgeSecret}. */
interface SecretFacts {
  readonly item: PlanItem;
  /** The Events of the Secret. */
  readonly events: ProductEvents;
  readonly context: Pick<PlanContext, 'now' | 'refreshBeforeSeconds'>;
  /** Selects the cluster in suggested commands. */
  readonly target: TargetOptions;
}

/** Judges a Secret by its item in the plan and by its Events. */
export function judgeSecret(facts: SecretFacts): SecretConclusion {
  const { item, events, context } = facts;
  if (item.action === 'refuse') return { outcome: 'withheld', conclusion: item.message };
  if (item.action === 'defer') return { outcome: 'undecided', conclusion: item.message };
  const problem = lastProblem(item, events.events);
  if (item.action === 'create') return judgeMissing(facts, problem);
  const conclusion = describeExisting(item, context);
  if (problem === undefined && item.notice !== undefined) {
    return { outcome: 'failing', conclusion: `${conclusion}; ${item.notice}` };
  }
  if (problem === undefined && !isOverdue(item, context)) return { outcome: 'given', conclusion };
  return {
    outcome: 'failing',
    conclusion: `${conclusion}; ${problem ?? 'renewal is overdue'}`,
    next: remedyFor(facts, problem),
  };
}

/**
 * Returns the last reported problem of a Secret and where it was reported. Undefined if none was reported since the
 * credentials were issued, or a recovery. The condition of an AWSIAMRole outlasts its Events.
 */
function lastProblem(item: PlanItem, events: readonly ProductEvent[]): string | undefined {
  const [newest] = events;
  const issuedBefore = issuedAtMs(item) + STS_RESOLUTION_MS;
  if (newest?.type === 'Warning' && Date.parse(newest.lastSeen) > issuedBefore) {
    return `last Event: ${newest.note}`;
  }
  const { awsIamRole } = item;
  const ready = awsIamRole?.status.conditions?.find(({ type }) => type === 'Ready');
  const isCurrent = ready?.observedGeneration === awsIamRole?.generation;
  return ready?.status === 'False' && isCurrent ? `condition Ready: ${ready.message}` : undefined;
}

/** STS truncates the expiry of a session to seconds. */
const STS_RESOLUTION_MS = 1_000;

/** When the credentials in the Secret were issued; 0 without credentials. */
function issuedAtMs(item: PlanItem): number {
  const { expiresAt } = item;
  return expiresAt === undefined ? 0 : issuedAt({ ...item, expiresAt }).getTime();
}

function describeExisting({ expiresAt }: PlanItem, { now }: SecretFacts['context']): string {
  if (expiresAt === undefined) return 'its credentials have no known expiry';
  return expiresAt <= now
    ? `its credentials expired ${formatUntil(expiresAt, now)}`
    : `its credentials are valid until ${formatInstant(expiresAt)}`;
}

function isOverdue(item: PlanItem, { now, refreshBeforeSeconds }: SecretFacts['context']): boolean {
  if (item.expiresAt === undefined) return false;
  const seconds = (item.expiresAt.getTime() - now.getTime()) / 1_000;
  return seconds < refreshBeforeOf(item, refreshBeforeSeconds);
}

function judgeMissing(facts: SecretFacts, problem: string | undefined): SecretConclusion {
  if (problem !== undefined) {
    const next = remedyFor(facts, problem);
    return { outcome: 'failing', conclusion: `it does not exist; ${problem}`, next };
  }
  if (facts.events.unread !== undefined) {
    return {
      outcome: 'undecided',
      conclusion:
        'it does not exist yet, and the Events that would report a problem could not be read',
    };
  }
  return {
    outcome: 'waiting',
    conclusion:
      'it does not exist yet, and no problem was reported: the next refresh creates it, within a minute',
    next: `if it does not appear, ${investigate(facts.target)}`,
  };
}

/** STS denies a role mostly because of its trust policy. */
function remedyFor({ item, target }: SecretFacts, problem: string | undefined): string {
  if (problem === undefined || !/trust policy/.test(problem)) return investigate(target);
  const words = [item.role, '--namespace', item.namespace];
  return `compare the trust policy of the role with: ${suggestCommand({ name: 'trust-policy', words }, target)}`;
}

function investigate(target: TargetOptions): string {
  const doctor = suggestCommand({ name: 'doctor' }, target);
  return `search the log of the refresher for "failed Secret", or run: ${doctor}`;
}
