import { MAX_ITEMS_IN_RESPONSE } from '../../contract/limits.ts';
import type { ItemOutcome } from '../act/item-outcome.ts';

/** The result of renewing all Secrets of a role whose sessions were revoked. */
export interface RoleRenewal {
  /** Number of Secrets with new credentials. */
  readonly renewed: number;
  /** Secrets without new credentials, failures first; at most {@link MAX_ITEMS_IN_RESPONSE}. */
  readonly notRenewed: readonly NotRenewed[];
}

/** A Secret that keeps its old credentials, and why. */
interface NotRenewed {
  readonly namespace: string;
  readonly secret: string;
  readonly result: 'failed' | 'refused' | 'deferred';
  readonly reason: string;
  readonly explanation: string;
}

/** Results that need an action come first. */
const ORDER: readonly NotRenewed['result'][] = ['failed', 'deferred', 'refused'];

/** Selects the outcomes of one role from those of a pass. */
export function summarizeRenewal(outcomes: readonly ItemOutcome[], roleArn: string): RoleRenewal {
  const ofRole = outcomes.filter((outcome) => outcome.roleArn === roleArn);
  return {
    renewed: ofRole.filter(({ result }) => result === 'renewed' || result === 'created').length,
    notRenewed: ofRole
      .flatMap((outcome) => notRenewed(outcome) ?? [])
      .toSorted((a, b) => ORDER.indexOf(a.result) - ORDER.indexOf(b.result))
      .slice(0, MAX_ITEMS_IN_RESPONSE),
  };
}

function notRenewed(outcome: ItemOutcome): NotRenewed | undefined {
  if (!('reason' in outcome)) return undefined;
  const { namespace, name, result, reason, message } = outcome;
  return { namespace, secret: name, result, reason, explanation: message };
}
