import { createHash } from 'node:crypto';
import type { Clock } from '../../local/clock.ts';
import type { CallFact, Fact, PassFact } from '../invariants/facts.ts';

/** What changes the history; calls and passes are what leads to it. */
type RecordedFact = Exclude<Fact, CallFact | PassFact>;

/** A digest of the facts, and the last facts as text. */
interface History {
  add(fact: RecordedFact): void;
  readonly last: readonly string[];
  /** Returns a hash, which is equal for equal histories. To be called once. */
  digest(): string;
}

/** Number of facts kept as text. */
const KEPT_FACTS = 30;

/** Starts a history. */
export function startHistory(clock: Clock): History {
  const hash = createHash('sha256');
  const facts: string[] = [];
  return {
    add(fact) {
      const text = `${clock.now().toISOString()} ${describe(fact)}`;
      hash.update(text);
      facts.push(text);
      // Drops half at a time, which is cheap.
      if (facts.length > 2 * KEPT_FACTS) facts.splice(0, KEPT_FACTS);
    },
    get last() {
      return facts.slice(-KEPT_FACTS);
    },
    digest: () => hash.digest('hex').slice(0, 16),
  };
}

// Leaves out uids and resource versions, which differ between equal histories.
function describe(fact: RecordedFact): string {
  if (fact.kind === 'change') {
    const { namespace = '', name, labels, annotations } = fact.object.metadata;
    const about = fact.collection === 'secrets' ? JSON.stringify([labels, annotations]) : '';
    const { phase = '' } = (fact.object as { status?: { phase?: string } }).status ?? {};
    // The name of an Event depends on a uid.
    const shown = fact.collection === 'events' ? '' : name;
    return `${fact.by} ${fact.type} ${fact.collection} ${namespace}/${shown} ${phase}${about}`;
  }
  if (fact.kind === 'session') {
    return `session ${fact.sessionName} ${fact.roleArn} until ${fact.expiresAt.toISOString()}`;
  }
  const about = typeof fact.affected === 'string' ? fact.affected : fact.affected.roleArn;
  return `fault of ${about} ${fact.phase}`;
}
