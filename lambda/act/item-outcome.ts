import type { DeferItem, PlanItem, RefuseItem, SecretSubject } from '../decide/plan.ts';
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
    | { readonly result: 'failed'; readonly reason: FailureReason; readonly message: string }
  );

interface Subject extends SecretSubject {
  /** The planned action. */
  readonly action: PlanItem['action'];
}

/** Why an item is left for a later pass. */
export type DeferReason =
  | DeferItem['reason']
  | 'out-of-time'
  | 'changed-meanwhile'
  | 'wanted-again'
  | 'pods-unknown';

/** Why an item failed. */
export type FailureReason = AssumeRoleFailure | 'api-refused' | 'api-failed';

/** Failures that last until the owner of the role or of the namespace fixes the cause. Other failures are transient. */
export const TERMINAL_FAILURES: ReadonlySet<string> = new Set<FailureReason>([
  'assume-role-denied',
  'sts-refused',
  'api-refused',
]);

/** Whether the item failed and a retry cannot help. */
export function isDenied(outcome: ItemOutcome): boolean {
  return outcome.result === 'failed' && TERMINAL_FAILURES.has(outcome.reason);
}
