import { describe, expect, it } from 'vitest';
import { BUDGET } from '../../../../contract/budgets.ts';
import { createProcessHealth } from '../../../../in-cluster/monitoring/health.ts';
import { createPrometheusMetrics } from '../../../../in-cluster/monitoring/prometheus.ts';
import { podEventSender } from '../../../../in-cluster/running/pod-events.ts';
import { keepSchedule } from '../../../../in-cluster/running/schedule.ts';
import { oneAtATime } from '../../../../in-cluster/running/service.ts';

const settled = () => new Promise((resolve) => setImmediate(resolve));

describe('keepSchedule', () => {
  /** Runs the schedules in virtual time for some seconds, and returns when each service was invoked. */
  async function run(seconds: number, durations: Readonly<Record<string, number>> = {}) {
    const start = Date.parse('2026-01-01T12:03:20Z');
    let elapsed = 0;
    const sleepers: { at: number; wake: () => void }[] = [];
    const sleep = (milliseconds: number) =>
      new Promise<void>((wake) => sleepers.push({ at: elapsed + milliseconds, wake }));
    const stopping = new AbortController();
    const invoked: Record<string, number[]> = { refresh: [], sweep: [], events: [] };
    const ended: string[] = [];
    const service = (name: string) => ({
      async invoke() {
        invoked[name]?.push(elapsed / 1_000);
        await sleep((durations[name] ?? 0) * 1_000);
        if (name === 'refresh') throw new Error('a failed pass');
      },
    });
    void keepSchedule(
      {
        services: {
          refresh: service('refresh'),
          sweep: service('sweep'),
          events: service('events'),
        },
        ended: (name) => ended.push(name),
        now: () => new Date(start + elapsed),
        sleep,
      },
      stopping.signal,
    );
    for (; elapsed <= seconds * 1_000; elapsed += 1_000) {
      for (const sleeper of sleepers.splice(0)) {
        if (sleeper.at <= elapsed) sleeper.wake();
        else sleepers.push(sleeper);
      }
      await settled();
      await settled();
    }
    stopping.abort();
    return { invoked, ended };
  }

  it('refreshes at once and every minute, also after failures, and sweeps at minutes 5, 15, 25', async () => {
    const { invoked, ended } = await run(905);
    expect(invoked['refresh']?.length).toBe(16);
    expect(invoked['refresh']?.[0]).toBe(0);
    expect(invoked['events']?.length).toBe(16);
    // 12:05:00 and 12:15:00.
    expect(invoked['sweep']?.map((at) => Math.round(at / 10))).toEqual([10, 70]);
    expect(ended.filter((name) => name === 'refresh')).toHaveLength(16);
  });

  it('never performs a pass twice at once: a slow one delays the next', async () => {
    const { invoked } = await run(300, { refresh: 90 });
    const starts = invoked['refresh'] ?? [];
    for (const [i, at] of starts.entries()) {
      if (i > 0) expect(at - (starts[i - 1] ?? 0)).toBeGreaterThanOrEqual(90);
    }
  });
});

describe('oneAtATime', () => {
  it('queues a request behind a pass, and goes on after a failure', async () => {
    const gates = [Promise.withResolvers<string>(), Promise.withResolvers<string>()];
    let started = 0;
    const service = oneAtATime({ invoke: () => gates[started++]?.promise ?? Promise.resolve() });
    const stop = new AbortController().signal;
    const first = service.invoke({}, stop);
    const second = service.invoke({}, stop);
    await settled();
    expect(started).toBe(1);
    gates[0]?.reject(new Error('failed'));
    await expect(first).rejects.toThrow('failed');
    await settled();
    expect(started).toBe(2);
    gates[1]?.resolve('done');
    expect(await second).toBe('done');
  });

  it('starts nothing that waited when the process no longer leads', async () => {
    const gate = Promise.withResolvers<void>();
    let started = 0;
    const service = oneAtATime({
      invoke() {
        started += 1;
        return gate.promise;
      },
    });
    const stopping = new AbortController();
    const first = service.invoke({}, stopping.signal);
    const second = service.invoke({}, stopping.signal);
    await settled();
    stopping.abort(new Error('no longer leads'));
    gate.resolve();
    await first;
    await expect(second).rejects.toThrow('no longer leads');
    expect(started).toBe(1);
  });
});

describe('podEventSender', () => {
  it('hands over as many events at once as the stack reserves concurrency for', async () => {
    const gates: PromiseWithResolvers<void>[] = [];
    const events: unknown[] = [];
    const send = podEventSender(
      {
        invoke(event) {
          events.push(event);
          const gate = Promise.withResolvers<void>();
          gates.push(gate);
          return gate.promise;
        },
      },
      new AbortController().signal,
    );
    const request = { namespace: 'shop', secret: 'aws-iam-a', pod: 'p', seenAt: 'now' };
    for (let i = 0; i < BUDGET.concurrentPodEvents; i += 1) await send([request]);
    let isAccepted = false;
    const next = send([request]).then(() => {
      isAccepted = true;
    });
    await settled();
    expect(isAccepted).toBe(false);
    expect(events[0]).toEqual({
      source: 'kube-aws-iam.forwarder',
      'detail-type': 'Credentials Wanted',
      detail: { wanted: [request] },
    });
    // A failure is logged by the service; the next refresh serves the pods.
    gates[0]?.reject(new Error('failed'));
    await next;
    expect(isAccepted).toBe(true);
  });
});

describe('createProcessHealth', () => {
  function createTestHealth() {
    let now = 1_700_000_000_000;
    const health = createProcessHealth({ now: () => new Date(now) });
    return { health, advance: (seconds: number) => (now += seconds * 1_000) };
  }

  it('is ready while it takes part in the election, also as a standby', () => {
    const { health, advance } = createTestHealth();
    expect(health.isReady()).toBe(false);
    health.elected();
    advance(59);
    expect(health.isReady()).toBe(true);
    advance(2);
    expect(health.isReady()).toBe(false);
    expect(health.isLive()).toBe(true);
  });

  it('is live unless it leads and no refresh pass ends', () => {
    const { health, advance } = createTestHealth();
    advance(10_000);
    expect(health.isLive()).toBe(true);
    health.leads(true);
    advance(239);
    expect(health.isLive()).toBe(true);
    health.passed();
    advance(239);
    expect(health.isLive()).toBe(true);
    advance(2);
    expect(health.isLive()).toBe(false);
    health.leads(false);
    health.passed();
    advance(10_000);
    expect(health.isLive()).toBe(true);
  });
});

describe('createPrometheusMetrics', () => {
  it('has the values of the CloudWatch metrics: totals, states and durations', async () => {
    const metrics = createPrometheusMetrics({
      isLeader: () => true,
      waiting: () => 3,
      residentBytes: () => 1,
      cpuSeconds: () => 2,
    });
    const line = (values: object) =>
      metrics.record(JSON.stringify({ _aws: {}, Cluster: 'c', service: 'refresh', ...values }));
    line({ SecretsCreated: 2, RenewalsOverdue: 5, RunDuration: 300 });
    line({ SecretsCreated: [1, 1], RenewalsOverdue: 0, Unknown: 1 });
    line({ reason: 'sts-failed', SecretsNotGiven: 4 });
    const text = await metrics.text();
    for (const expected of [
      'kube_aws_iam_refresher_secrets_created_total{service="refresh"} 4',
      'kube_aws_iam_refresher_renewals_overdue{service="refresh"} 0',
      'kube_aws_iam_refresher_run_duration_seconds_sum{service="refresh"} 0.3',
      'kube_aws_iam_refresher_secrets_not_given{service="refresh",reason="sts-failed"} 4',
      'kube_aws_iam_refresher_leader 1',
      'kube_aws_iam_refresher_waiting 3',
    ]) {
      expect(text).toContain(expected);
    }
  });
});
