import type { FaultRow } from '../fault-row.ts';
import { API_SERVER_ROWS } from './api-server-rows.ts';
import { CLOCK_ROWS } from './clock-rows.ts';
import { KILLED_ROWS } from './killed-rows.ts';
import { OTHERS_ROWS } from './others-rows.ts';
import { STS_ROWS } from './sts-rows.ts';
import { WIRE_ROWS } from './wire-rows.ts';

/** All faults, in the order of the table in docs/reliability.md. */
export const FAULT_ROWS: readonly FaultRow[] = [
  ...API_SERVER_ROWS,
  ...WIRE_ROWS,
  ...STS_ROWS,
  ...CLOCK_ROWS,
  ...KILLED_ROWS,
  ...OTHERS_ROWS,
];
