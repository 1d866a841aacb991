import { expect, it } from 'vitest';
import { METRICS } from '../../../lambda/contract/metrics.ts';
import { addRunMetrics, createMetrics } from '../../../lambda/report/metrics.ts';
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
  renewalsOverdue: 13,
  nearestExpirySeconds: 14,
  durationMilliseconds: 15,
  incomplete: [],
};

function emitted(report: RunReport): Record<string, unknown> {
  const metrics = createMetrics('refresh', 'prod');
  addRunMetrics(metrics, report);
  return { ...metrics.serializeMetrics() };
}

it('every metric that has a name is emitted, with the figure of the report', () => {
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
  for (const name of Object.values(METRICS)) expect(fields).toHaveProperty(name);
});

it('a brake is a one', () => {
  const brake = { toMark: 12, toRemove: 0, managed: 12 };
  expect(emitted({ ...REPORT, brake })).toMatchObject({ RemovalBraked: 1 });
});

it('nothing is said of expiry when there are no credentials', () => {
  const { nearestExpirySeconds: _, ...report } = REPORT;
  expect(emitted(report)).not.toHaveProperty('NearestExpirySeconds');
});
