import { expect } from 'vitest';
import { type CallFault, STS_THROTTLING } from '../../../local/aws/http/call-faults.ts';
import { BASE_ROLE_ARN } from '../../support/builders.ts';
import { expectAllDone, type FaultRow, hadFailures, reportOf } from '../fault-row.ts';
import type { FaultWorld } from '../fault-world.ts';

/** Injects a fault into AssumeRole calls: all, or those that `when` selects. */
function atAssumeRole(
  { cloud }: FaultWorld,
  fault: CallFault,
  when: (roleArn: string) => boolean = () => true,
): () => void {
  return cloud.sts.faults.add({
    effect: fault,
    times: Number.POSITIVE_INFINITY,
    match: ({ action, resource = '' }) => action === 'AssumeRole' && when(resource),
  });
}

/** Selects every second call, starting with the first. */
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
    promise: 'The calls are retried at a lower rate; the same pass does everything',
    inject: (world) => {
      const end = atAssumeRole(world, STS_THROTTLING, everySecond());
      // The SDK's rate limiter would slow down the calls of the following rows.
      return () => Promise.all([end(), world.cloud.functions.retireIdle()]);
    },
    meanwhile: async (world) => [await world.refresh()],
    check: expectAllDone,
  },
  {
    fault: 'STS denies a role',
    how: 'AssumeRole of app-orders is answered AccessDenied',
    promise:
      'Credentials of all other roles are issued and renewed; this role is retried within five minutes',
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
    promise: 'The client waits; the same pass does everything',
    inject: (world) => atAssumeRole(world, { kind: 'delay', milliseconds: 1_000 }),
    check: expectAllDone,
  },
  {
    fault: 'STS answers garbage',
    how: 'AssumeRole is answered 200 with a web page',
    promise: 'No Secret is created or changed from it; the next passes do the rest',
    inject: (world) =>
      atAssumeRole(world, { kind: 'garbage', body: '<html>Service Unavailable</html>' }),
    check({ runs, state }) {
      expect(runs.map((run) => [run.what, hadFailures(run)])).toContainEqual(['refresh', true]);
      expect(state).not.toContainEqual(expect.stringContaining('app-late'));
    },
  },
  {
    fault: 'STS is unreachable',
    how: 'every connection for AssumeRole closes without an answer',
    promise: 'Credentials in use stay, unused Secrets are removed; the next passes do the rest',
    inject: (world) => atAssumeRole(world, { kind: 'drop' }),
    check({ runs: [refresh, sweep] }) {
      // A pass finds out that a name is taken only when it has credentials to write.
      expect(refresh && reportOf(refresh)).toMatchObject({ counts: { renewed: 0, failed: 6 } });
      expect(sweep && reportOf(sweep)).toMatchObject({ counts: { removed: 1 } });
    },
  },
];
