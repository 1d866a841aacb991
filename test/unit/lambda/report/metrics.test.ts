import { afterEach, describe, expect, it, vi } from 'vitest';
import { METRICS } from '../../../../contract/metrics.ts';
import {
  addCallMetrics,
  addLoginMetrics,
  addMalformedPodEvent,
  addPassMetrics,
  addPodEventMetrics,
  addWarmUpMetrics,
  createMetricsLogger,
} from '../../../../lambda/report/metrics.ts';
import type { PassReport } from '../../../../lambda/report/pass-report.ts';
import type { PodEventReport } from '../../../../lambda/report/pod-event-report.ts';

const NOW = new Date('2026-11-23T12:00:00Z');

const REPORT: PassReport = {
  pass: 'refresh',
  counts: {
    created: 1,
    renewed: 2,
    marked: 3,
    unmarked: 4,
    removed: 5,
    kept: 6,
    refused: 7,
    deferred: 8,
    failed: 9,
  },
  denied: 4,
  failedForOperator: 5,
  failedForTenants: 27,
  refusedMounts: 20,
  recreated: 21,
  withheld: 22,
  wrongMarks: 23,
  namespacesOverBudget: 26,
  overBudget: [],
  reasons: { 'assume-role-denied': 4, 'namespace-not-annotated': 7 },
  createdUnannounced: 17,
  ignored: 10,
  podsSeen: 11,
  secretsSeen: 12,
  awsIamRolesSeen: 16,
  secretsInUse: 18,
  renewalsOverdue: 13,
  renewalsDenied: 3,
  overdueForOperator: 10,
  longestOverdueSeconds: 19,
  nearestExpirySeconds: 14,
  durationMilliseconds: 15,
  incomplete: [],
  unwritten: [],
};

/** The line of a pass, without the lines of reasons. */
function emitted(report: PassReport): Record<string, unknown> {
  return linesOf((metrics) => addPassMetrics(metrics, report)).at(-1) ?? {};
}

/** All EMF lines that are written, including those flushed early. */
function linesOf(add: (metrics: ReturnType<typeof createMetricsLogger>) => void) {
  const written: string[] = [];
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    written.push(String(text));
    return true;
  });
  const metrics = createMetricsLogger('refresh', 'prod');
  add(metrics);
  metrics.publishStoredMetrics();
  vi.restoreAllMocks();
  return written
    .flatMap((text) => text.split('\n'))
    .filter((line) => line.includes('CloudWatchMetrics'))
    .map((line): Record<string, unknown> => JSON.parse(line));
}

it('emits every metric of a pass, with the value of the report', () => {
  const { _aws, ...fields } = emitted(REPORT);
  expect(fields).toEqual({
    service: 'refresh',
    Cluster: 'prod',
    SecretsCreated: 1,
    SecretsRenewed: 2,
    SecretsRemoved: 5,
    SecretsRefused: 27,
    SecretsDeferred: 8,
    SecretsFailed: 9,
    SecretsDenied: 4,
    SecretsRecreated: 21,
    SecretsWithheld: 22,
    SecretsCreatedUnannounced: 17,
    SecretsInUse: 18,
    PodsSeen: 11,
    RenewalsOverdue: 13,
    RenewalsDenied: 3,
    RenewalsOverdueForOperator: 10,
    SecretsFailedForOperator: 5,
    SecretsFailedForTenants: 27,
    LongestOverdueSeconds: 19,
    RunsCompleted: 1,
    NearestExpirySeconds: 14,
    RunDuration: 15,
    RemovalBraked: 0,
    WrongUnusedMarks: 23,
    NamespacesOverBudget: 26,
  });
  const others: string[] = [
    METRICS.wanted,
    METRICS.requestsLeft,
    METRICS.podToSecretMs,
    METRICS.podEventsMalformed,
    METRICS.notGiven,
    METRICS.invocationsFailed,
    METRICS.loginExpiresSoon,
    METRICS.loginExpirySeconds,
    METRICS.loginRotationFailed,
    METRICS.stsCalls,
    METRICS.stsThrottled,
    METRICS.apiCalls,
    METRICS.apiThrottled,
  ];
  const ofPasses = Object.values(METRICS).filter((name) => !others.includes(name));
  expect(Object.keys(fields).toSorted()).toEqual(['Cluster', ...ofPasses, 'service'].toSorted());
});

it.each([
  [
    { isExpiringSoon: false, result: 'kept', expiresAt: new Date(NOW.getTime() + 3_600_000) },
    { LoginExpiresSoon: 0, LoginRotationFailed: 0, LoginExpirySeconds: 3_600 },
  ],
  [
    { isExpiringSoon: true, result: 'failed', expiresAt: new Date(NOW.getTime() - 60_000) },
    { LoginExpiresSoon: 1, LoginRotationFailed: 1, LoginExpirySeconds: -60 },
  ],
  [
    { isExpiringSoon: false, result: 'rotated' },
    { LoginExpiresSoon: 0, LoginRotationFailed: 0 },
  ],
] as const)('emits the state of the login to a cluster outside EKS (%#)', (report, expected) => {
  const [{ _aws, service, Cluster, ...fields } = {}] = linesOf((metrics) =>
    addLoginMetrics(metrics, report, NOW),
  );
  expect(fields).toEqual(expected);
});

it('emits zeros of the metrics in alarm expressions when it keeps a container warm', () => {
  const [{ _aws, ...fields } = {}, ...more] = linesOf(addWarmUpMetrics);
  expect(more).toEqual([]);
  expect(fields).toEqual({
    service: 'refresh',
    Cluster: 'prod',
    SecretsWanted: 0,
    SecretsRecreated: 0,
  });
});

it('writes one line per reason, with its dimension', () => {
  const lines = linesOf((metrics) => addPassMetrics(metrics, REPORT));
  const reasons = lines.filter((line) => 'reason' in line);
  expect(reasons).toMatchObject([
    { Cluster: 'prod', service: 'refresh', reason: 'assume-role-denied', SecretsNotGiven: 4 },
    { Cluster: 'prod', service: 'refresh', reason: 'namespace-not-annotated', SecretsNotGiven: 7 },
  ]);
  expect(lines).toHaveLength(3);
  for (const line of reasons) {
    expect(JSON.stringify(line['_aws'])).toContain('"Dimensions":[["service","Cluster","reason"]]');
  }
  expect(lines.find((line) => 'PodsSeen' in line)).not.toHaveProperty('reason');
});

it('does not count a pass with an incomplete list as completed', () => {
  expect(emitted({ ...REPORT, incomplete: ['pods: page 7'] })).toMatchObject({ RunsCompleted: 0 });
});

it('emits the request counts of an invocation', () => {
  const counts = { stsCalls: 5, stsThrottled: 2, apiCalls: 9, apiThrottled: 1 };
  expect(linesOf((metrics) => addCallMetrics(metrics, counts))).toMatchObject([
    { StsCalls: 5, StsThrottled: 2, ApiCalls: 9, ApiThrottled: 1, Cluster: 'prod' },
  ]);
});

it('emits 1 when the brake stops a sweep', () => {
  const brake = { heldBack: 12, managed: 12, until: '2026-11-23T12:00:00Z' };
  expect(emitted({ ...REPORT, brake })).toMatchObject({ RemovalBraked: 1 });
});

it('emits no nearest expiry without credentials', () => {
  const { nearestExpirySeconds: _, ...report } = REPORT;
  expect(emitted(report)).not.toHaveProperty('NearestExpirySeconds');
});

describe('for a pod event', () => {
  afterEach(() => {
    vi.restoreAllMocks();
  });

  const eventReport = (latencies: readonly number[]): PodEventReport => ({
    wanted: 30,
    unfounded: 3,
    counts: REPORT.counts,
    denied: REPORT.denied,
    recreated: REPORT.recreated,
    latencies,
    durationMilliseconds: 15,
    requestsLeft: 31,
    mostRequestsLeft: [{ namespace: 'shop', requests: 31 }],
    incomplete: [],
    unwritten: [],
  });

  it('emits its counts and the latency of each Secret, and no metric of a pass', () => {
    const lines = linesOf((metrics) => addPodEventMetrics(metrics, eventReport([120, 0])));
    expect(lines).toHaveLength(1);
    const { _aws, ...fields } = lines[0] ?? {};
    expect(fields).toEqual({
      service: 'refresh',
      Cluster: 'prod',
      SecretsCreated: 1,
      SecretsRenewed: 2,
      SecretsRefused: 7,
      SecretsDeferred: 8,
      SecretsFailed: 9,
      SecretsDenied: 4,
      SecretsRecreated: 21,
      SecretsWanted: 30,
      SecretRequestsLeft: 31,
      PodToSecretLatency: [120, 0],
    });
    expect(JSON.stringify(_aws)).toContain('{"Name":"PodToSecretLatency","Unit":"Milliseconds"}');
  });

  it.each([0, 1, 99, 100, 101, 500])(
    'emits all of %i latencies, the counts once, and the dimensions on each line',
    (count) => {
      const latencies = Array.from({ length: count }, (_, i) => i);
      const lines = linesOf((metrics) => addPodEventMetrics(metrics, eventReport(latencies)));
      const emittedLatencies = lines.flatMap((line) => line['PodToSecretLatency'] ?? []);
      expect(emittedLatencies).toEqual(latencies);
      expect(lines.flatMap((line) => line['SecretsCreated'] ?? [])).toEqual([1]);
      for (const line of lines) {
        expect(line).toMatchObject({ service: 'refresh', Cluster: 'prod' });
        // CloudWatch accepts at most 100 values of a metric in one line.
        expect([line['PodToSecretLatency'] ?? []].flat().length).toBeLessThanOrEqual(100);
      }
    },
  );

  it('counts a malformed event', () => {
    const [line, ...more] = linesOf(addMalformedPodEvent);
    expect(line).toMatchObject({ PodEventsMalformed: 1, Cluster: 'prod' });
    expect(more).toEqual([]);
  });
});
