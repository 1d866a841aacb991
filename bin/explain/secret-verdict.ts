import { formatInstant } from '../../lambda/contract/format-instant.ts';
import type { PlanItem } from '../../lambda/decide/plan.ts';
import type { PlanContext } from '../../lambda/decide/plan-context.ts';
import { refreshBeforeOf } from '../../lambda/decide/secret-state.ts';
import { formatUntil } from '../screen/format-seconds.ts';

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
}

const LOOK_FURTHER =
  'look at the log of the refresh function for "failed Secret", or run: kube-aws-iam doctor';

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
    next: remedyFor(item, trouble),
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

function verdictOnMissing({ item, trouble, areEventsRead }: SecretFacts): Verdict {
  if (trouble === undefined) return areEventsRead ? ON_ITS_WAY : NOT_KNOWN;
  return {
    outcome: 'failing',
    conclusion: `it is not there; ${trouble}`,
    next: remedyFor(item, trouble),
  };
}

const ON_ITS_WAY: Verdict = {
  outcome: 'waiting',
  conclusion:
    'it is not there yet, and nothing is known to be in the way: a refresh makes it within a minute',
  next: `if it does not come, ${LOOK_FURTHER}`,
};

const NOT_KNOWN: Verdict = {
  outcome: 'undecided',
  conclusion:
    'it is not there yet, and the Events that would say what is in the way could not be read',
};

/** What a shell takes as it stands. The path of an AWSIAMRole's role may hold anything. */
const QUOTABLE = /^[\w+=,.@:/-]+$/;

/** What STS refuses is most often for the trust policy to mend. */
function remedyFor({ namespace, role }: PlanItem, trouble: string | undefined): string {
  if (trouble === undefined || !/trust policy/.test(trouble)) return LOOK_FURTHER;
  const named = QUOTABLE.test(role) ? role : 'ROLE';
  return `compare the trust policy of the role with: kube-aws-iam trust-policy ${named} --namespace ${namespace}`;
}
