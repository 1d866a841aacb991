import { MAX_ITEMS_IN_RESPONSE } from '../../contract/limits.ts';
import type { ItemOutcome } from '../act/item-outcome.ts';

/** What became of the Secrets of a role whose sessions were revoked. */
export interface RoleRenewal {
  /** How many have new credentials. */
  readonly renewed: number;
  /** Those that have not, what failed first; the first thousand of them. */
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

/** What a person has to do something about comes before what is as it should be. */
const ORDER: readonly NotRenewed['result'][] = ['failed', 'deferred', 'refused'];

/** Sums up what a run did for one role among all others. */
export function summarizeRenewal(outcomes: readonly ItemOutcome[], roleArn: string): RoleRenewal {
  const ofRole = outcomes.filter((outcome) => outcome.roleArn === roleArn);
  return {
    renewed: ofRole.filter(({ result }) => result === 'renewed' || result === 'created').length,
    notRenewed: ofRole
      .flatMap((outcome) => notRenewed(outcome) ?? [])
      .toSorted((one, other) => ORDER.indexOf(one.result) - ORDER.indexOf(other.result))
      .slice(0, MAX_ITEMS_IN_RESPONSE),
  };
}

function notRenewed(outcome: ItemOutcome): NotRenewed | undefined {
  if (!('reason' in outcome)) return undefined;
  const { namespace, name, result, reason, message } = outcome;
  return { namespace, secret: name, result, reason, explanation: message };
}
