import { afterEach, describe, expect, it, vi } from 'vitest';
import { METRICS } from '../../../lambda/contract/metrics.ts';
import {
  addMalformedEvent,
  addPodEventMetrics,
  addRunMetrics,
  createMetrics,
} from '../../../lambda/report/metrics.ts';
import type { PodEventReport } from '../../../lambda/report/pod-event-report.ts';
import type { RunReport } from '../../../lambda/report/run-report.ts';

const REPORT: RunReport = {
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
  ignored: 10,
  podsSeen: 11,
  secretsSeen: 12,
  awsIamRolesSeen: 16,
  renewalsOverdue: 13,
  nearestExpirySeconds: 14,
  durationMilliseconds: 15,
  incomplete: [],
  unwritten: [],
};

function emitted(report: RunReport): Record<string, unknown> {
  const metrics = createMetrics('refresh', 'prod');
  addRunMetrics(metrics, report);
  return { ...metrics.serializeMetrics() };
}

it('every metric of a run is emitted, with the figure of the report', () => {
  const { _aws, ...fields } = emitted(REPORT);
  expect(fields).toEqual({
    service: 'refresh',
    Cluster: 'prod',
    SecretsCreated: 1,
    SecretsRenewed: 2,
    SecretsRemoved: 5,
    SecretsRefused: 7,
    SecretsDeferred: 8,
    SecretsFailed: 9,
    PodsSeen: 11,
    RenewalsOverdue: 13,
    NearestExpirySeconds: 14,
    RunDuration: 15,
    RemovalBraked: 0,
  });
  const ofEvents: string[] = [METRICS.podToSecretMilliseconds, METRICS.podEventsMalformed];
  const ofRuns = Object.values(METRICS).filter((name) => !ofEvents.includes(name));
  expect(Object.keys(fields)).toEqual(expect.arrayContaining(ofRuns));
});

it('a brake is a one', () => {
  const brake = { toMark: 12, toRemove: 0, managed: 12 };
  expect(emitted({ ...REPORT, brake })).toMatchObject({ RemovalBraked: 1 });
});

it('nothing is said of expiry when there are no credentials', () => {
  const { nearestExpirySeconds: _, ...report } = REPORT;
  expect(emitted(report)).not.toHaveProperty('NearestExpirySeconds');
});

describe('of a pod event', () => {
  afterEach(() => {
    vi.restoreAllMocks();
  });

  /** Every line of the embedded metric format that is written, those that are flushed on the way included. */
  function linesOf(add: (metrics: ReturnType<typeof createMetrics>) => void) {
    const written: string[] = [];
    vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
      written.push(String(text));
      return true;
    });
    const metrics = createMetrics('refresh', 'prod');
    add(metrics);
    metrics.publishStoredMetrics();
    vi.restoreAllMocks();
    return written
      .flatMap((text) => text.split('\n'))
      .filter((line) => line.includes('CloudWatchMetrics'))
      .map((line): Record<string, unknown> => JSON.parse(line));
  }

  const eventReport = (latencies: readonly number[]): PodEventReport => ({
    wanted: 30,
    unfounded: 3,
    counts: REPORT.counts,
    latencies,
    durationMilliseconds: 15,
    incomplete: [],
    unwritten: [],
  });

  it('are its counts and the latency of each Secret, and nothing that only a run can say', () => {
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
      PodToSecretLatency: [120, 0],
    });
    expect(JSON.stringify(_aws)).toContain('{"Name":"PodToSecretLatency","Unit":"Milliseconds"}');
  });

  it.each([0, 1, 99, 100, 101, 500])(
    'all arrive with %i latencies, the counts once, and each line with its dimensions',
    (count) => {
      const latencies = Array.from({ length: count }, (_, i) => i);
      const lines = linesOf((metrics) => addPodEventMetrics(metrics, eventReport(latencies)));
      const arrived = lines.flatMap((line) => line['PodToSecretLatency'] ?? []);
      expect(arrived).toEqual(latencies);
      expect(lines.flatMap((line) => line['SecretsCreated'] ?? [])).toEqual([1]);
      for (const line of lines) {
        expect(line).toMatchObject({ service: 'refresh', Cluster: 'prod' });
        // CloudWatch takes no more values of a metric in one line.
        expect([line['PodToSecretLatency'] ?? []].flat().length).toBeLessThanOrEqual(100);
      }
    },
  );

  it('that is malformed are one count', () => {
    const [line, ...more] = linesOf(addMalformedEvent);
    expect(line).toMatchObject({ PodEventsMalformed: 1, Cluster: 'prod' });
    expect(more).toEqual([]);
  });
});
