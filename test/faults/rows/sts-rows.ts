import { expect } from 'vitest';
import { type CallFault, STS_THROTTLING } from '../../../local/aws/http/call-faults.ts';
import { BASE_ROLE_ARN } from '../../support/builders/builders.ts';
import type { FaultEnvironment } from '../fault-environment.ts';
import { expectAllDone, type FaultRow, hadFailures, reportOf } from '../fault-row.ts';

/** Injects a fault into AssumeRole calls: all, or those that `when` selects. */
function atAssumeRole(
  { cloud }: FaultEnvironment,
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
    name: 'STS throttles half of all calls',
    injection: 'every second AssumeRole is answered Throttling',
    guarantee: 'The calls are retried at a lower rate; the same pass does everything',
    inject: (env) => {
      const end = atAssumeRole(env, STS_THROTTLING, everySecond());
      // The SDK's rate limiter would slow down the calls of the following rows.
      return () => Promise.all([end(), env.cloud.functions.retireIdle()]);
    },
    invoke: async (env) => [await env.refresh()],
    check: expectAllDone,
  },
  {
    name: 'STS denies a role',
    injection: 'AssumeRole of app-orders is answered AccessDenied',
    guarantee:
      'Credentials of all other roles are issued and renewed; this role is retried within five minutes',
    inject: (env) =>
      atAssumeRole(env, DENIED, (roleArn) => roleArn === `${BASE_ROLE_ARN}app-orders`),
    check({ invocations: [refresh, sweep] }) {
      expect(refresh && reportOf(refresh)).toMatchObject({
        counts: { created: 1, renewed: 2, failed: 2 },
        denied: 2,
      });
      expect(sweep && reportOf(sweep)).toMatchObject({ counts: { removed: 1 } });
    },
  },
  {
    name: 'STS is slow',
    injection: 'every AssumeRole is answered after a second',
    guarantee: 'The client waits; the same pass does everything',
    inject: (env) => atAssumeRole(env, { kind: 'delay', milliseconds: 1_000 }),
    check: expectAllDone,
  },
  {
    name: 'STS answers garbage',
    injection: 'AssumeRole is answered 200 with a web page',
    guarantee: 'No Secret is created or changed from it; the next passes do the rest',
    inject: (env) =>
      atAssumeRole(env, { kind: 'garbage', body: '<html>Service Unavailable</html>' }),
    check({ invocations, state }) {
      expect(invocations.map((run) => [run.kind, hadFailures(run)])).toContainEqual([
        'refresh',
        true,
      ]);
      expect(state).not.toContainEqual(expect.stringContaining('app-late'));
    },
  },
  {
    name: 'STS is unreachable',
    injection: 'every connection for AssumeRole closes without an answer',
    guarantee: 'Credentials in use stay, unused Secrets are removed; the next passes do the rest',
    inject: (env) => atAssumeRole(env, { kind: 'drop' }),
    check({ invocations: [refresh, sweep] }) {
      // No session is requested for the Secret whose name is taken.
      expect(refresh && reportOf(refresh)).toMatchObject({ counts: { renewed: 0, failed: 5 } });
      expect(sweep && reportOf(sweep)).toMatchObject({ counts: { removed: 1 } });
    },
  },
];
