import { createHash } from 'node:crypto';
import type { Clock } from '../../local/clock.ts';
import type { Fact } from '../invariants/facts.ts';

/** What happened: all of it as a digest, and the last of it in words. */
export interface Chronicle {
  note(fact: Fact): void;
  readonly last: readonly string[];
  /** The same for the same history; to be asked for once. */
  digest(): string;
}

/** How much of the end is kept. */
const KEPT = 30;

/** Begins a chronicle. */
export function startChronicle(clock: Clock): Chronicle {
  const hash = createHash('sha256');
  const facts: string[] = [];
  return {
    note(fact) {
      const text = `${clock.now().toISOString()} ${describe(fact)}`;
      hash.update(text);
      facts.push(text);
      // By halves, so that a full one costs nothing.
      if (facts.length > 2 * KEPT) facts.splice(0, KEPT);
    },
    get last() {
      return facts.slice(-KEPT);
    },
    digest: () => hash.digest('hex').slice(0, 16),
  };
}

// Without uids and versions, which are random or count what is of no interest.
function describe(fact: Fact): string {
  if (fact.kind === 'change') {
    const { namespace = '', name, labels, annotations } = fact.object.metadata;
    const about = fact.collection === 'secrets' ? JSON.stringify([labels, annotations]) : '';
    const { phase = '' } = (fact.object as { status?: { phase?: string } }).status ?? {};
    // The names of Events hold the uid of what they are about.
    const shown = fact.collection === 'events' ? '' : name;
    return `${fact.by} ${fact.type} ${fact.collection} ${namespace}/${shown} ${phase}${about}`;
  }
  if (fact.kind === 'session') {
    return `session ${fact.sessionName} ${fact.roleArn} until ${fact.expiresAt.toISOString()}`;
  }
  const about = typeof fact.with === 'string' ? fact.with : fact.with.roleArn;
  return `trouble with ${about} ${fact.phase}`;
}
