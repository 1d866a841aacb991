import type { PodReference } from '../decide/credential-request.ts';
import type { DeferItem, PlanItem, RefuseItem } from '../decide/plan.ts';
import type { AssumeRoleFailure } from './assume-role.ts';

/** Why an item that was planned was not done. */
export type FailureReason = AssumeRoleFailure | 'api-refused' | 'api-failed';

/** Why an item waits for the next run. */
export type DeferReason =
  | DeferItem['reason']
  | 'out-of-time'
  | 'changed-meanwhile'
  | 'wanted-again'
  | 'pods-unknown';

interface Subject {
  readonly namespace: string;
  readonly name: string;
  readonly role: string;
  readonly roleArn: string;
  readonly pod?: PodReference | undefined;
  /** What the plan was. */
  readonly action: PlanItem['action'];
  /** When the credentials in the Secret end now that the item is through; absent when there are none, or nothing says. */
  readonly expiresAt?: Date | undefined;
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
