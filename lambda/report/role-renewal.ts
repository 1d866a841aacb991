import type { ItemOutcome } from '../act/item-outcome.ts';

/** What became of the Secrets of a role whose sessions were revoked. */
export interface RoleRenewal {
  /** How many have new credentials. */
  readonly renewed: number;
  /** Those that have not; the first thousand of them. */
  readonly notRenewed: readonly NotRenewed[];
}

/** A Secret that goes on with what it had, and why. */
export interface NotRenewed {
  readonly namespace: string;
  readonly secret: string;
  readonly result: 'failed' | 'refused' | 'deferred';
  readonly reason: string;
  readonly explanation: string;
}

/** An answer of Lambda has at most 6 MB. */
const MOST_IN_ANSWER = 1_000;

/** Sums up what a run did for one role among all others. */
export function summarizeRenewal(outcomes: readonly ItemOutcome[], roleArn: string): RoleRenewal {
  const ofRole = outcomes.filter((outcome) => outcome.roleArn === roleArn);
  return {
    renewed: ofRole.filter(({ result }) => result === 'renewed' || result === 'created').length,
    notRenewed: ofRole
      .flatMap((outcome) =>
        'reason' in outcome
          ? [
              {
                namespace: outcome.namespace,
                secret: outcome.name,
                result: outcome.result,
                reason: outcome.reason,
                explanation: outcome.message,
              },
            ]
          : [],
      )
      .slice(0, MOST_IN_ANSWER),
  };
}
