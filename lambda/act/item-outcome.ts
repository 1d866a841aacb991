import { formatInstant } from '../../contract/format-instant.ts';
import type {
  CreateItem,
  DeferItem,
  ExistingItem,
  PlanItem,
  RefuseItem,
  SecretSubject,
} from '../decide/plan.ts';
import type { AssumeRoleFailure } from './sessions/assume-role-error.ts';

/** The result of one item. Contains nothing of the Secret's content. */
export type ItemOutcome = Subject &
  (
    | { readonly result: 'created' | 'renewed' | 'marked' | 'unmarked' | 'removed' | 'kept' }
    | {
        readonly result: 'refused';
        readonly reason: RefuseItem['reason'];
        readonly message: string;
      }
    | { readonly result: 'deferred'; readonly reason: DeferReason; readonly message: string }
    | FailedResult
  );

/** What was tried and failed. */
interface FailedResult {
  readonly result: 'failed';
  readonly reason: FailureReason;
  readonly message: string;
  /** Set when it was not tried in this pass: the failure is that of the last try. */
  readonly backedOff?: RetryTimes;
}

/** When an item that failed was last tried, and from when on it is tried again. */
export interface RetryTimes {
  readonly triedAt: Date;
  readonly retryAt: Date;
}

interface Subject extends SecretSubject {
  /** The planned action. */
  readonly action: PlanItem['action'];
  /** Set when the Secret was created for the third time within an hour: somebody deletes it again and again. */
  readonly isRecreated?: true;
}

/** The outcome of an item that failed. */
export type FailedOutcome = Subject & FailedResult;

/** Returns what an item and its outcome have in common: the item without what only its execution needs. */
export function subjectOf(item: CreateItem | ExistingItem): Subject {
  const { grant: _, ...rest } = item;
  if (!('secret' in rest)) return rest;
  const { secret: __, sightings: ___, otherwise: ____, ...subject } = rest;
  return subject;
}

/** Why an item is left for a later pass. */
export type DeferReason =
  | DeferItem['reason']
  | 'out-of-time'
  | 'changed-meanwhile'
  | 'wanted-again'
  | 'pods-unknown';

/** Why an item failed. */
export type FailureReason = AssumeRoleFailure | 'api-refused' | 'api-failed' | 'secret-immutable';

/** Failures that last until the owner of the role or of the namespace fixes the cause. Other failures are transient. */
const TERMINAL_FAILURES: ReadonlySet<string> = new Set<FailureReason>([
  'assume-role-denied',
  'identity-provider-refused',
  'sts-refused',
  'api-refused',
  'secret-immutable',
]);

/** Whether the item failed and a retry cannot help. */
export function isDenied(outcome: ItemOutcome): outcome is FailedOutcome {
  return outcome.result === 'failed' && TERMINAL_FAILURES.has(outcome.reason);
}

/** Failures that the next pass may already not have. */
const TRANSIENT_FAILURES: ReadonlySet<string> = new Set<FailureReason>([
  'identity-token-missing',
  'sts-throttled',
  'sts-failed',
  'api-failed',
]);

/** Whether the item failed and the next pass may already succeed. */
export function isTransient(outcome: ItemOutcome): boolean {
  return outcome.result === 'failed' && TRANSIENT_FAILURES.has(outcome.reason);
}

/** Whether nothing was tried in this pass: the outcome repeats an earlier one. */
export function isOldNews(outcome: ItemOutcome): boolean {
  return outcome.result === 'failed' && outcome.backedOff !== undefined;
}

/** Returns the message of an outcome; of one that was not tried in this pass, with the times of its tries. */
export function explanationOf(outcome: Extract<ItemOutcome, { readonly message: string }>): string {
  const { message } = outcome;
  if (outcome.result !== 'failed' || outcome.backedOff === undefined) return message;
  const { triedAt, retryAt } = outcome.backedOff;
  return `${message} (last tried at ${formatInstant(triedAt)}, next at ${formatInstant(retryAt)} or a minute later)`;
}

/**
 * Returns the role whose credentials a Secret with credentials holds: until they are renewed, that of an earlier
 * configuration. Undefined when the Secret does not name it.
 */
export function heldRoleArn({ outdated, roleArn }: ItemOutcome): string | undefined {
  return outdated === undefined ? roleArn : outdated.roleArn;
}
