import type { FaultRow } from '../fault-row.ts';
import { API_SERVER_ROWS } from './api-server-rows.ts';
import { CLOCK_ROWS } from './clock-rows.ts';
import { CONCURRENCY_ROWS } from './concurrency-rows.ts';
import { KILLED_ROWS } from './killed-rows.ts';
import { NETWORK_ROWS } from './network-rows.ts';
import { STS_ROWS } from './sts-rows.ts';

/** All faults, in the order of the table in docs/reliability.md. */
export const FAULT_ROWS: readonly FaultRow[] = [
  ...API_SERVER_ROWS,
  ...NETWORK_ROWS,
  ...STS_ROWS,
  ...CLOCK_ROWS,
  ...KILLED_ROWS,
  ...CONCURRENCY_ROWS,
];
