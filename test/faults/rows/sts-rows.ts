import { expect } from 'vitest';
import { type CallFault, STS_THROTTLING } from '../../../local/aws/http/call-faults.ts';
import { BASE_ROLE_ARN } from '../../support/builders.ts';
import { expectAllDone, type FaultRow, hadFailures, reportOf } from '../fault-row.ts';
import type { FaultWorld } from '../fault-world.ts';

/** Has calls of AssumeRole meet a fault: all, or those that `when` says. */
function atAssumeRole(
  { cloud }: FaultWorld,
  fault: CallFault,
  when: (roleArn: string) => boolean = () => true,
): () => void {
  return cloud.sts.faults.inject(fault, {
    when: ({ action, resource = '' }) => action === 'AssumeRole' && when(resource),
  });
}

/** The first call of every two. */
function everySecond(): () => boolean {
  let calls = 0;
  return () => calls++ % 2 === 0;
}

const DENIED: CallFault = {
  kind: 'error',
  status: 403,
  code: 'AccessDenied',
  message: 'not authorized to perform: sts:AssumeRole',
};

/** STS fails. */
export const STS_ROWS: readonly FaultRow[] = [
  {
    fault: 'STS throttles half of all calls',
    how: 'every second AssumeRole is answered Throttling',
    promise: 'They are made again, more slowly; the same run does all',
    inject: (world) => {
      const end = atAssumeRole(world, STS_THROTTLING, everySecond());
      // The SDK's own brake would slow down what comes after.
      return () => Promise.all([end(), world.cloud.functions.retireIdle()]);
    },
    meanwhile: async (world) => [await world.refresh()],
    check: expectAllDone,
  },
  {
    fault: 'STS denies a role',
    how: `AssumeRole of app-orders is answered AccessDenied`,
    promise: 'All other roles are given and renewed; this one is tried again within five minutes',
    inject: (world) =>
      atAssumeRole(world, DENIED, (roleArn) => roleArn === `${BASE_ROLE_ARN}app-orders`),
    check({ runs: [refresh, sweep] }) {
      expect(refresh && reportOf(refresh)).toMatchObject({
        counts: { created: 1, renewed: 2, failed: 2 },
        denied: 2,
      });
      expect(sweep && reportOf(sweep)).toMatchObject({ counts: { removed: 1 } });
    },
  },
  {
    fault: 'STS is slow',
    how: 'every AssumeRole is answered after a second',
    promise: 'It is waited for; the same run does all',
    inject: (world) => atAssumeRole(world, { kind: 'latency', milliseconds: 1_000 }),
    check: expectAllDone,
  },
  {
    fault: 'STS answers garbage',
    how: 'AssumeRole is answered 200 with a web page',
    promise: 'No Secret is made or changed of it; the next runs mend all',
    inject: (world) =>
      atAssumeRole(world, { kind: 'garbage', body: '<html>Service Unavailable</html>' }),
    check({ runs, state }) {
      expect(runs.map((run) => [run.what, hadFailures(run)])).toContainEqual(['refresh', true]);
      expect(state).not.toContainEqual(expect.stringContaining('app-late'));
    },
  },
  {
    fault: 'STS is away',
    how: 'every connection for AssumeRole ends without an answer',
    promise: 'Credentials in use stay as they are, and what is unused goes; the next runs mend all',
    inject: (world) => atAssumeRole(world, { kind: 'dropped' }),
    check({ runs: [refresh, sweep] }) {
      // That a name is taken comes to light only with credentials to write.
      expect(refresh && reportOf(refresh)).toMatchObject({ counts: { renewed: 0, failed: 6 } });
      expect(sweep && reportOf(sweep)).toMatchObject({ counts: { removed: 1 } });
    },
  },
];
