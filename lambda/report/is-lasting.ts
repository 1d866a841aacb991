import type { ItemOutcome } from '../act/item-outcome.ts';
import { lifetimeOf } from '../decide/secret-state.ts';

/** How long a request without credentials waits until its problem counts as lasting, in milliseconds. */
const LONG_WAIT_MS = 300_000;

/** Credentials with a smaller share of their session left, 15 minutes of an hour, should have been renewed long ago. */
const MIN_SHARE_LEFT = 0.25;

/**
 * Whether a problem that the next pass may already not have has lasted for minutes, or the credentials are about to
 * expire.
 *
 * @param since - when the pod or the AWSIAMRole was created, if known
 */
export function isLasting(outcome: ItemOutcome, since: Date | undefined, now: Date): boolean {
  const { expiresAt } = outcome;
  if (expiresAt === undefined) {
    return since !== undefined && now.getTime() - since.getTime() >= LONG_WAIT_MS;
  }
  return expiresAt.getTime() - now.getTime() < lifetimeOf(outcome) * 1_000 * MIN_SHARE_LEFT;
}
