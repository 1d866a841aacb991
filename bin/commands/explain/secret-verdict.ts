import { formatInstant } from '../../../contract/format-instant.ts';
import type { PlanItem } from '../../../lambda/decide/plan.ts';
import type { PlanContext } from '../../../lambda/decide/plan.ts';
import { refreshBeforeOf } from '../../../lambda/decide/secret-state.ts';
import { formatUntil } from '../../../tools/terminal/format-duration.ts';
import { printedCommand, type SaidOfCluster } from '../../cluster/printed-command.ts';

/** How it stands with a Secret that is asked for; what is worst first. */
export const OUTCOMES = ['withheld', 'failing', 'undecided', 'waiting', 'given'] as const;
export type Outcome = (typeof OUTCOMES)[number];

/** How it stands, in a sentence, and what to do about it. */
export interface Verdict {
  readonly outcome: Outcome;
  readonly conclusion: string;
  readonly next?: string;
}

/** What a verdict is made of. */
export interface SecretFacts {
  readonly item: PlanItem;
  /** What was said last that is wrong, and where. */
  readonly trouble: string | undefined;
  /** Whether what the functions said is known. */
  readonly areEventsRead: boolean;
  readonly context: Pick<PlanContext, 'now' | 'refreshBeforeSeconds'>;
  /** By which the cluster is known, for commands to run next. */
  readonly said: SaidOfCluster;
}

function lookFurther(said: SaidOfCluster): string {
  const doctor = printedCommand({ name: 'doctor' }, said);
  return `look at the log of the refresh function for "failed Secret", or run: ${doctor}`;
}

/** Judges a Secret by the plan for it and by what the functions said of it. */
export function secretVerdict(facts: SecretFacts): Verdict {
  const { item, trouble, context } = facts;
  if (item.action === 'refuse') return { outcome: 'withheld', conclusion: item.message };
  if (item.action === 'defer') return { outcome: 'undecided', conclusion: item.message };
  if (item.action === 'create') return verdictOnMissing(facts);
  const conclusion = conclusionOnPresent(item, context);
  if (trouble === undefined && !isOverdue(item, context)) return { outcome: 'given', conclusion };
  return {
    outcome: 'failing',
    conclusion: `${conclusion}; ${trouble ?? 'their renewal is overdue'}`,
    next: remedyFor(facts),
  };
}

function conclusionOnPresent({ expiresAt }: PlanItem, { now }: SecretFacts['context']): string {
  if (expiresAt === undefined) return 'its credentials are there';
  return expiresAt <= now
    ? `its credentials ended ${formatUntil(expiresAt, now)}`
    : `its credentials are there until ${formatInstant(expiresAt)}`;
}

function isOverdue(item: PlanItem, { now, refreshBeforeSeconds }: SecretFacts['context']): boolean {
  if (item.expiresAt === undefined) return false;
  const seconds = (item.expiresAt.getTime() - now.getTime()) / 1_000;
  return seconds < refreshBeforeOf(item, refreshBeforeSeconds);
}

function verdictOnMissing(facts: SecretFacts): Verdict {
  const { trouble, areEventsRead, said } = facts;
  if (trouble !== undefined) {
    const next = remedyFor(facts);
    return { outcome: 'failing', conclusion: `it is not there; ${trouble}`, next };
  }
  if (!areEventsRead) return NOT_KNOWN;
  return {
    outcome: 'waiting',
    conclusion:
      'it is not there yet, and nothing is known to be in the way: a refresh makes it within a minute',
    next: `if it does not come, ${lookFurther(said)}`,
  };
}

const NOT_KNOWN: Verdict = {
  outcome: 'undecided',
  conclusion:
    'it is not there yet, and the Events that would say what is in the way could not be read',
};

/** What STS refuses is most often for the trust policy to mend. */
function remedyFor({ item, trouble, said }: SecretFacts): string {
  if (trouble === undefined || !/trust policy/.test(trouble)) return lookFurther(said);
  const words = [item.role, '--namespace', item.namespace];
  return `compare the trust policy of the role with: ${printedCommand({ name: 'trust-policy', words }, said)}`;
}
