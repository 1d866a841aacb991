import { describe, expect, it } from 'vitest';
import type { ItemOutcome } from '../../../lambda/act/item-outcome.ts';
import { createChangeLog } from '../../../lambda/report/change-log.ts';
import { summarize } from '../../../lambda/report/run-report.ts';
import { aView, minutes, NOW } from '../../support/builders.ts';

const SUBJECT = {
  namespace: 'shop',
  name: 'aws-iam-orders',
  role: 'orders',
  roleArn: 'arn:aws:iam::123456789012:role/orders',
  pod: { namespace: 'shop', name: 'web', uid: 'uid' },
} as const;
const CREATED: ItemOutcome = {
  ...SUBJECT,
  action: 'create',
  result: 'created',
  expiresAt: minutes(60),
};
const REFUSED: ItemOutcome = {
  ...SUBJECT,
  action: 'refuse',
  result: 'refused',
  reason: 'namespace-not-annotated',
  message: 'namespace shop allows no role',
};
const REPORT = summarize({
  pass: 'refresh',
  startedAt: NOW,
  endedAt: NOW,
  refreshBeforeSeconds: 1_800,
  view: aView({}),
  plan: { items: [], ignored: [] },
  outcomes: [],
});

function aLog() {
  const lines: [level: string, message: string, fields: Record<string, unknown>][] = [];
  const log = createChangeLog({
    info: (message, fields) => lines.push(['info', message, fields]),
    warn: (message, fields) => lines.push(['warn', message, fields]),
  });
  const about = () => lines.splice(0).filter(([, message]) => message !== 'refresh run');
  return { log, lines, about };
}

describe('createChangeLog', () => {
  it('writes a line for a change, with nothing but the fields it names', () => {
    const { log, about } = aLog();
    log.write([CREATED], [], REPORT);
    expect(about()).toEqual([
      [
        'info',
        'created Secret',
        {
          action: 'create',
          namespace: 'shop',
          secret: 'aws-iam-orders',
          role: 'orders',
          roleArn: 'arn:aws:iam::123456789012:role/orders',
          pod: 'web',
          expiresAt: '2026-11-23T13:00:00.000Z',
        },
      ],
    ]);
  });

  it('writes nothing of a Secret that stays', () => {
    const { log, about } = aLog();
    log.write([{ ...CREATED, action: 'keep', result: 'kept' }], [], REPORT);
    expect(about()).toEqual([]);
  });

  it('writes a refusal when it begins, when it changes and when it comes back', () => {
    const { log, about } = aLog();
    const told = (outcomes: ItemOutcome[]) => {
      log.write(outcomes, [], REPORT);
      return about().length;
    };
    expect(told([REFUSED])).toBe(1);
    expect(told([REFUSED])).toBe(0);
    expect(told([{ ...REFUSED, message: 'another' }])).toBe(1);
    expect(told([])).toBe(0);
    expect(told([REFUSED])).toBe(1);
  });

  it('writes an ignored mount once, and not more of its name than a name can have', () => {
    const { log, about } = aLog();
    const ignored = [
      {
        pod: SUBJECT.pod,
        secretName: `aws-iam-${'X'.repeat(1_000_000)}`,
        reason: 'impossible-secret-name',
        message: 'no',
      },
    ] as const;
    log.write([], ignored, REPORT);
    log.write([], ignored, REPORT);
    const lines = about();
    expect(lines).toHaveLength(1);
    expect(JSON.stringify(lines).length).toBeLessThan(1_000);
  });

  it('ends each run with its summary, as a warning when the view was not whole', () => {
    const { log, lines } = aLog();
    log.write([], [], REPORT);
    log.write([], [], { ...REPORT, incomplete: ['pods: page 7'] });
    expect(lines.map(([level, message]) => [level, message])).toEqual([
      ['info', 'refresh run'],
      ['warn', 'refresh run'],
    ]);
  });
});
