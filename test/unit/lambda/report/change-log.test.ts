import { describe, expect, it } from 'vitest';
import type { ItemOutcome } from '../../../../lambda/act/item-outcome.ts';
import { createChangeLog } from '../../../../lambda/report/change-log.ts';
import { summarizePodEvent } from '../../../../lambda/report/pod-event-report.ts';
import { summarizePass } from '../../../../lambda/report/pass-report.ts';
import { aView, aWant, minutes, NOW } from '../../../support/builders.ts';

const SUBJECT = {
  namespace: 'shop',
  name: 'aws-iam-orders',
  role: 'orders',
  roleArn: 'arn:aws:iam::123456789012:role/orders',
  sessionSeconds: 3_600,
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
const REPORT = summarizePass({
  pass: 'refresh',
  startedAt: NOW,
  endedAt: NOW,
  refreshBeforeSeconds: 1_800,
  view: aView({}),
  plan: { items: [], ignored: [] },
  outcomes: [],
  unwritten: [],
});

const EVENT_REPORT = summarizePodEvent({
  served: [],
  startedAt: NOW,
  endedAt: NOW,
  unwritten: [],
});

const SUMMARIES = new Set(['refresh run', 'pod event']);

function aLog() {
  const lines: [level: string, message: string, fields: Record<string, unknown>][] = [];
  const log = createChangeLog({
    debug: (message, fields) => lines.push(['debug', message, fields]),
    info: (message, fields) => lines.push(['info', message, fields]),
    warn: (message, fields) => lines.push(['warn', message, fields]),
  });
  const all = () => lines.splice(0).filter(([, message]) => !SUMMARIES.has(message));
  /** What is written at the level INFO. */
  const about = () => all().filter(([level]) => level !== 'debug');
  return { log, lines, about, all };
}

describe('createChangeLog', () => {
  it('tells who looks for a mistake what is as it was, and what it has told before', () => {
    const { log, all } = aLog();
    const kept = { ...CREATED, action: 'keep', result: 'kept' } as ItemOutcome;
    log.writePass([REFUSED, kept], [], REPORT);
    log.writePass([REFUSED], [], REPORT);
    expect(all().map(([level, message]) => `${level} ${message}`)).toEqual([
      'warn refused Secret',
      'debug kept Secret',
      'debug refused Secret',
    ]);
  });

  it('writes a line for a change, with nothing but the fields it names', () => {
    const { log, about } = aLog();
    log.writePass([CREATED], [], REPORT);
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
    log.writePass([{ ...CREATED, action: 'keep', result: 'kept' }], [], REPORT);
    expect(about()).toEqual([]);
  });

  it('writes a refusal when it begins, when it changes and when it comes back', () => {
    const { log, about } = aLog();
    const told = (outcomes: ItemOutcome[]) => {
      log.writePass(outcomes, [], REPORT);
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
    log.writePass([], ignored, REPORT);
    log.writePass([], ignored, REPORT);
    const lines = about();
    expect(lines).toHaveLength(1);
    expect(JSON.stringify(lines).length).toBeLessThan(1_000);
  });

  it('ends each run with its summary, as a warning when the view was not whole', () => {
    const { log, lines } = aLog();
    log.writePass([], [], REPORT);
    log.writePass([], [], { ...REPORT, incomplete: ['pods: page 7'] });
    expect(lines.map(([level, message]) => [level, message])).toEqual([
      ['info', 'refresh run'],
      ['warn', 'refresh run'],
    ]);
  });
});

describe('of pod events', () => {
  const OTHER: ItemOutcome = { ...REFUSED, name: 'aws-iam-billing' };
  const MOUNT = { pod: SUBJECT.pod, reason: 'impossible-secret-name', message: 'no' } as const;

  it('a change has its line, and a Secret that stays has none', () => {
    const { log, about } = aLog();
    log.writePodEvent([CREATED, { ...CREATED, action: 'keep', result: 'kept' }], [], EVENT_REPORT);
    expect(about().map(([level, message]) => [level, message])).toEqual([
      ['info', 'created Secret'],
    ]);
  });

  it('a refusal is told once, although events and runs take turns in finding it', () => {
    const { log, about } = aLog();
    const event = (outcomes: ItemOutcome[]) => log.writePodEvent(outcomes, [], EVENT_REPORT);
    const run = (outcomes: ItemOutcome[]) => log.writePass(outcomes, [], REPORT);
    event([REFUSED]);
    expect(about()).toHaveLength(1);
    for (let time = 0; time < 3; time++) {
      run([REFUSED]);
      event([REFUSED]);
      event([]);
      event([REFUSED]);
    }
    expect(about()).toEqual([]);
    run([REFUSED, OTHER]);
    expect(about()).toHaveLength(1);
    event([OTHER]);
    expect(about()).toEqual([]);
  });

  it('a refusal is told again when it changes', () => {
    const { log, about } = aLog();
    log.writePass([REFUSED], [], REPORT);
    log.writePodEvent([{ ...REFUSED, message: 'another' }], [], EVENT_REPORT);
    expect(about()).toHaveLength(2);
  });

  it('what one event says of one Secret does not end the trouble of others, a run that does not find it does', () => {
    const { log, about } = aLog();
    log.writePodEvent([REFUSED], [], EVENT_REPORT);
    log.writePodEvent([CREATED, OTHER], [], EVENT_REPORT);
    about();
    log.writePodEvent([REFUSED], [], EVENT_REPORT);
    expect(about()).toEqual([]);
    log.writePass([], [], REPORT);
    log.writePodEvent([REFUSED], [], EVENT_REPORT);
    expect(about()).toHaveLength(1);
  });

  it('an ignored mount is told once by events and runs, and as briefly by both', () => {
    const { log, about } = aLog();
    const mount = { ...MOUNT, secretName: `aws-iam-${'X'.repeat(1_000_000)}` };
    log.writePodEvent([], [mount, mount], EVENT_REPORT);
    log.writePass([], [mount], REPORT);
    log.writePodEvent([], [mount], EVENT_REPORT);
    const lines = about();
    expect(lines).toHaveLength(1);
    expect(JSON.stringify(lines).length).toBeLessThan(1_000);
  });

  it('without a run between them are not remembered for ever', () => {
    const { log, about } = aLog();
    for (let at = 0; at < 12_000; at += 100) {
      const outcomes = Array.from({ length: 100 }, (_, i) => ({ ...REFUSED, name: `r${at + i}` }));
      log.writePodEvent(outcomes, [], EVENT_REPORT);
    }
    about();
    log.writePodEvent([{ ...REFUSED, name: 'r11999' }], [], EVENT_REPORT);
    expect(about()).toEqual([]);
    log.writePodEvent([{ ...REFUSED, name: 'r0' }], [], EVENT_REPORT);
    expect(about()).toHaveLength(1);
  });

  it('each ends with its summary, which has room for 500 wants', () => {
    const { log, lines } = aLog();
    const outcome = { ...CREATED, result: 'created' } as ItemOutcome;
    const served = Array.from({ length: 500 }, (_, i) => ({
      request: aWant(`aws-iam-r${i}`),
      view: aView({}),
      outcomes: [outcome],
      servedAt: new Date(NOW.getTime() + i),
    }));
    const record = { served, startedAt: NOW, endedAt: minutes(1), unwritten: [] };
    log.writePodEvent([], [], summarizePodEvent(record));
    log.writePodEvent([], [], { ...EVENT_REPORT, incomplete: ['pods: 503'] });
    expect(lines).toMatchObject([
      ['info', 'pod event', { report: { wanted: 500, slowestMilliseconds: 499 } }],
      ['warn', 'pod event', { report: { incomplete: ['pods: 503'] } }],
    ]);
    expect(JSON.stringify(lines[0]).length).toBeLessThan(1_000);
    expect(lines[1]?.[2]['report']).not.toHaveProperty('slowestMilliseconds');
  });
});
