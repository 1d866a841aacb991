import { expectAllDone, type FaultRow } from '../fault-row.ts';

/** AWS refuses what is signed five minutes off. */
const LARGEST_SKEW_SECONDS = 299;

function skewedBy(seconds: number, where: string): FaultRow {
  return {
    fault: `The functions' clock is five minutes ${where}`,
    how: `their Date is ${LARGEST_SKEW_SECONDS} s ${where} of that of AWS and the cluster`,
    promise: 'All is done as with a right clock',
    inject: ({ cloud }) => cloud.skewFunctionClock(seconds),
    check: expectAllDone,
  };
}

/** The functions' clock is off. */
export const CLOCK_ROWS: readonly FaultRow[] = [
  skewedBy(LARGEST_SKEW_SECONDS, 'ahead'),
  skewedBy(-LARGEST_SKEW_SECONDS, 'behind'),
];
