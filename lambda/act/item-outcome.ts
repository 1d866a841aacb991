import type { DeferItem, PlanItem, RefuseItem, SecretSubject } from '../decide/plan.ts';
import type { AssumeRoleFailure } from './sessions/assume-role-error.ts';

/** Why an item that was planned was not done. */
export type FailureReason = AssumeRoleFailure | 'api-refused' | 'api-failed';

/** What lasts until a person mends it: who owns the role or the namespace. A server that is busy or down gets well by itself. */
export const TERMINAL_FAILURES: ReadonlySet<string> = new Set<FailureReason>([
  'assume-role-denied',
  'sts-refused',
  'api-refused',
]);

/** Whether it failed for a reason that lasts until a person mends it. */
export function isDenied(outcome: ItemOutcome): boolean {
  return outcome.result === 'failed' && TERMINAL_FAILURES.has(outcome.reason);
}

/** Why an item waits for the next run. */
export type DeferReason =
  | DeferItem['reason']
  | 'out-of-time'
  | 'changed-meanwhile'
  | 'wanted-again'
  | 'pods-unknown';

interface Subject extends SecretSubject {
  /** What the plan was. */
  readonly action: PlanItem['action'];
}

/** What became of one Secret. Never holds anything of its content. */
export type ItemOutcome = Subject &
  (
    | { readonly result: 'created' | 'renewed' | 'marked' | 'unmarked' | 'removed' | 'kept' }
    | {
        readonly result: 'refused';
        readonly reason: RefuseItem['reason'];
        readonly message: string;
      }
    | { readonly result: 'deferred'; readonly reason: DeferReason; readonly message: string }
    | { readonly result: 'failed'; readonly reason: FailureReason; readonly message: string }
  );
