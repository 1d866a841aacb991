import { expectAllDone, type FaultRow } from '../fault-row.ts';

/** AWS rejects requests that are signed with a clock five minutes off. */
const MAX_SKEW_SECONDS = 299;

function skewedBy(seconds: number): FaultRow {
  const isAhead = seconds > 0;
  return {
    name: `The functions' clock is five minutes ${isAhead ? 'ahead' : 'behind'}`,
    injection: `their Date is ${MAX_SKEW_SECONDS} s ${isAhead ? 'ahead of' : 'behind'} AWS and the cluster`,
    guarantee: 'The same pass does everything',
    inject: ({ cloud }) => cloud.skewFunctionClock(seconds),
    check: expectAllDone,
  };
}

/** The functions' clock is wrong. */
export const CLOCK_ROWS: readonly FaultRow[] = [
  skewedBy(MAX_SKEW_SECONDS),
  skewedBy(-MAX_SKEW_SECONDS),
];
