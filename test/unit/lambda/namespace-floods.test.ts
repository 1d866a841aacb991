import { beforeEach, describe, expect, it } from 'vitest';
import { BUDGET } from '../../../contract/budgets.ts';
import { SECRET_CONCURRENCY } from '../../../contract/limits.ts';
import { MAX_REQUESTS, type PodCredentialRequest } from '../../../contract/pod-event.ts';
import { AssumeRoleError } from '../../../lambda/act/sessions/assume-role-error.ts';
import { createMinuteCounter } from '../../../lambda/minute-counter.ts';
import { createChangeLog, type StructuredLogger } from '../../../lambda/report/change-log.ts';
import { runPass } from '../../../lambda/run-pass.ts';
import { type PodEventDeps, runPodEvent } from '../../../lambda/run-pod-event.ts';
import {
  aNamespace,
  aPod,
  aPolicy,
  aRequest,
  EVERYWHERE,
  listing,
  minutes,
  NOW,
} from '../../support/builders/builders.ts';
import { FakeCluster } from '../../support/builders/fake-cluster.ts';

const FOREVER = new AbortController().signal;
const SIGNALS = { observing: FOREVER, acting: FOREVER };

let cluster: FakeCluster;
let lines: string[];

beforeEach(() => {
  cluster = new FakeCluster();
  cluster.namespaces = [aNamespace('shop'), aNamespace('bank')];
  lines = [];
});

/** A container. Every role that begins with `missing` is denied. */
function aContainer(): PodEventDeps {
  const deps = cluster.deps();
  const write = (message: string, fields: Record<string, unknown>) =>
    lines.push(JSON.stringify({ level: 'INFO', message, timestamp: NOW, ...fields }));
  const logger: StructuredLogger = { debug: () => {}, info: write, warn: write };
  return {
    ...deps,
    policy: aPolicy(),
    scope: EVERYWHERE,
    async assumeRole(request, signal) {
      const credentials = await deps.assumeRole(request, signal);
      if (!request.roleArn.includes('/missing')) return credentials;
      throw new AssumeRoleError('assume-role-denied', 'the role does not exist');
    },
    observeRequests: () => cluster.observeRequest,
    requestCounts: createMinuteCounter(),
    statusWriter: { write: async () => [] },
    eventReporter: { report: async () => {} },
    changeLog: createChangeLog(logger),
    addPodEventMetrics: () => {},
  };
}

/** A container without the limits of this test. */
function unlimited(): PodEventDeps {
  const deps = aContainer();
  return {
    ...deps,
    backOff: { ...deps.backOff, isExhausted: () => false, lastFailure: () => undefined },
    requestCounts: { add: () => 0, countOf: () => 0 },
  };
}

/** Calls to STS for a namespace since the last call. */
function callsFor(namespace: string): number {
  return cluster.log.filter((step) => step.startsWith(`assume ${namespace} `)).length;
}

/** Pods with twenty roles each. */
function podsWith(prefix: string, count: number) {
  return Array.from({ length: count }, (_, pod) =>
    aPod(
      `${prefix}-${pod}`,
      Array.from({ length: BUDGET.rolesPerPod }, (__, role) => `aws-iam-${prefix}-${pod}-${role}`),
    ),
  );
}

const requestsOf = (pods: ReturnType<typeof podsWith>) =>
  pods.flatMap(({ name, secretNames }) =>
    secretNames.map((secret) => aRequest(secret, { pod: name })),
  );

/** The events of a burst, as the forwarder batches them. One request of another namespace is the last of each. */
function eventsOf(requests: readonly PodCredentialRequest[], other: string) {
  const count = Math.ceil(requests.length / MAX_REQUESTS);
  return Array.from({ length: count }, (_, index) => [
    ...requests.slice(index * MAX_REQUESTS, (index + 1) * MAX_REQUESTS),
    aRequest(`aws-iam-${other}-${index}`, { namespace: 'bank', pod: other }),
  ]);
}

describe('a namespace with 100 pods of 20 roles that do not exist', () => {
  const flood = podsWith('missing', 100);
  const events = eventsOf(requestsOf(flood), 'ledger');

  beforeEach(() => {
    const ledger = events.map((_, index) => `aws-iam-ledger-${index}`);
    cluster.pods = [...flood, aPod('ledger', ledger, 'bank')];
  });

  async function send(container: PodEventDeps): Promise<void> {
    for (const wanted of events) await runPodEvent(container, { wanted }, FOREVER);
  }

  it('costs 2,000 calls to STS without limits', async () => {
    await send(unlimited());
    expect(callsFor('shop')).toBe(2_000);
  });

  it('costs a limited number, and others of the same events are served', async () => {
    await send(aContainer());
    expect(callsFor('shop')).toBeLessThan(BUDGET.deniedPerNamespacePerMinute + SECRET_CONCURRENCY);
    expect(callsFor('bank')).toBe(4);
    expect([...cluster.secrets.keys()].filter((key) => key.startsWith('bank/'))).toHaveLength(4);
  });

  it('costs a limited number in each pass, and none of the others waits', async () => {
    const deps = {
      ...aContainer(),
      ...cluster.deps(),
      lookUpSecret: async () => listing([]),
      addMetrics: () => {},
      observe: async () => ({
        pods: listing(cluster.pods),
        secrets: listing([...cluster.secrets.values()]),
        namespaces: listing(cluster.namespaces),
        awsIamRoles: listing([]),
      }),
    };
    const container = { ...deps, assumeRole: aContainer().assumeRole };
    const calls: number[] = [];
    for (let minute = 0; minute < 30; minute += 1) {
      cluster.now = minutes(minute);
      cluster.log.length = 0;
      await runPass(container, { pass: 'refresh' }, 'refresh', SIGNALS);
      calls.push(callsFor('shop'));
      if (minute === 0) expect(callsFor('bank')).toBe(4);
    }
    expect(Math.max(...calls)).toBeLessThan(
      BUDGET.deniedPerNamespacePerMinute + SECRET_CONCURRENCY,
    );
  });
});

describe('thirty pods of twenty roles that come and go each second', () => {
  /** Plays one minute; a pod event has the requests of a second. */
  async function playMinute(container: PodEventDeps): Promise<{ calls: number; bytes: number }> {
    for (let second = 0; second < 60; second += 1) {
      cluster.now = new Date(NOW.getTime() + second * 1_000);
      const pods = podsWith(`flap-${second}`, 30);
      cluster.pods = pods;
      for (const wanted of eventsOf(requestsOf(pods), 'none')) {
        await runPodEvent(container, { wanted: wanted.slice(0, MAX_REQUESTS) }, FOREVER);
      }
    }
    return { calls: callsFor('shop'), bytes: lines.join('\n').length };
  }

  const bytesADay = (bytes: number) => bytes * 24 * 60;

  it('cost a limited number of calls to STS and of bytes in the log', {
    timeout: 60_000,
  }, async () => {
    const { calls, bytes } = await playMinute(aContainer());
    expect(calls).toBe(BUDGET.requestsPerNamespacePerMinute);
    expect(bytesADay(bytes)).toBeLessThan(150_000_000);
  });

  it('without limits, reach the quota of STS', { timeout: 60_000 }, async () => {
    const { calls } = await playMinute(unlimited());
    expect(calls).toBe(36_000);
  });
});
