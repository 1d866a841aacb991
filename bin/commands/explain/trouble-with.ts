import type { PlanItem } from '../../../lambda/decide/plan.ts';
import type { ProductEvent } from './product-events.ts';

/**
 * What was said last that is wrong with a Secret, and where: not only the functions may write there. Undefined when it was
 * said that all is well, when nothing was said, or before the credentials that are there. An AWSIAMRole has it in its
 * condition too, which outlasts Events.
 */
export function troubleWith(item: PlanItem, events: readonly ProductEvent[]): string | undefined {
  const [newest] = events;
  if (newest?.type === 'Warning' && Date.parse(newest.lastSeen) > madeAt(item)) {
    return `the last Event says: ${newest.note}`;
  }
  const { awsIamRole } = item;
  const ready = awsIamRole?.status.conditions?.find(({ type }) => type === 'Ready');
  const isCurrent = ready?.observedGeneration === awsIamRole?.generation;
  return ready?.status === 'False' && isCurrent
    ? `its condition Ready says: ${ready.message}`
    : undefined;
}

/** When the credentials that are there were made, in milliseconds; before everything when there are none. */
function madeAt({ expiresAt, sessionSeconds }: PlanItem): number {
  return expiresAt === undefined ? 0 : expiresAt.getTime() - sessionSeconds * 1_000;
}
