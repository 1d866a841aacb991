import { describe, expect, it } from 'vitest';
import type { ItemOutcome } from '../../../../lambda/act/item-outcome.ts';
import { createChangeLog } from '../../../../lambda/report/change-log.ts';
import { summarizePass } from '../../../../lambda/report/pass-report.ts';
import { summarizePodEvent } from '../../../../lambda/report/pod-event-report.ts';
import { aRequest, aView, minutes, NOW } from '../../../support/builders/builders.ts';

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
  isComparable: () => true,
  view: aView({}),
  plan: { items: [], ignored: [] },
  outcomes: [],
  unwritten: [],
});

const EVENT_REPORT = summarizePodEvent({
  served: [],
  left: [],
  startedAt: NOW,
  endedAt: NOW,
  unwritten: [],
});

/** Refused Secrets of a namespace. */
const refused = (count: number, from = 0, namespace = 'shop') =>
  Array.from({ length: count }, (_, i) => ({ ...REFUSED, namespace, name: `r${from + i}` }));

const SUMMARIES = new Set(['refresh pass', 'pod event']);

function aLog() {
  const lines: [level: string, message: string, fields: Record<string, unknown>][] = [];
  const log = createChangeLog({
    debug: (message, fields) => lines.push(['debug', message, fields]),
    info: (message, fields) => lines.push(['info', message, fields]),
    warn: (message, fields) => lines.push(['warn', message, fields]),
  });
  const all = () => lines.splice(0).filter(([, message]) => !SUMMARIES.has(message));
  /** The lines at INFO and WARN. */
  const visible = () => all().filter(([level]) => level !== 'debug');
  return { log, lines, visible, all };
}

describe('createChangeLog', () => {
  it('logs unchanged Secrets and known problems at DEBUG', () => {
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

  it('logs a change with the listed fields only', () => {
    const { log, visible } = aLog();
    log.writePass([CREATED], [], REPORT);
    expect(visible()).toEqual([
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

  it('logs no line at INFO for a kept Secret', () => {
    const { log, visible } = aLog();
    log.writePass([{ ...CREATED, action: 'keep', result: 'kept' }], [], REPORT);
    expect(visible()).toEqual([]);
  });

  it('logs a refusal when it begins, when it changes and when it returns', () => {
    const { log, visible } = aLog();
    const linesOf = (outcomes: ItemOutcome[]) => {
      log.writePass(outcomes, [], REPORT);
      return visible().length;
    };
    expect(linesOf([REFUSED])).toBe(1);
    expect(linesOf([REFUSED])).toBe(0);
    expect(linesOf([{ ...REFUSED, message: 'another' }])).toBe(1);
    expect(linesOf([])).toBe(0);
    expect(linesOf([REFUSED])).toBe(1);
  });

  it('logs an ignored mount once, and truncates its name', () => {
    const { log, visible } = aLog();
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
    const lines = visible();
    expect(lines).toHaveLength(1);
    expect(JSON.stringify(lines).length).toBeLessThan(1_000);
  });

  it('logs a summary of each pass, as a warning if a list is incomplete', () => {
    const { log, lines } = aLog();
    log.writePass([], [], REPORT);
    log.writePass([], [], { ...REPORT, incomplete: ['pods: page 7'] });
    expect(lines.map(([level, message]) => [level, message])).toEqual([
      ['info', 'refresh pass'],
      ['warn', 'refresh pass'],
    ]);
  });
});

describe('pod events', () => {
  const OTHER: ItemOutcome = { ...REFUSED, name: 'aws-iam-billing' };
  const MOUNT = { pod: SUBJECT.pod, reason: 'impossible-secret-name', message: 'no' } as const;

  it('have a line for each change, and none for a kept Secret', () => {
    const { log, visible } = aLog();
    log.writePodEvent([CREATED, { ...CREATED, action: 'keep', result: 'kept' }], [], EVENT_REPORT);
    expect(visible().map(([level, message]) => [level, message])).toEqual([
      ['info', 'created Secret'],
    ]);
  });

  it('log a refusal once, although events and passes find it alternately', () => {
    const { log, visible } = aLog();
    const event = (outcomes: ItemOutcome[]) => log.writePodEvent(outcomes, [], EVENT_REPORT);
    const pass = (outcomes: ItemOutcome[]) => log.writePass(outcomes, [], REPORT);
    event([REFUSED]);
    expect(visible()).toHaveLength(1);
    for (let time = 0; time < 3; time++) {
      pass([REFUSED]);
      event([REFUSED]);
      event([]);
      event([REFUSED]);
    }
    expect(visible()).toEqual([]);
    pass([REFUSED, OTHER]);
    expect(visible()).toHaveLength(1);
    event([OTHER]);
    expect(visible()).toEqual([]);
  });

  it('log a refusal again when it changes', () => {
    const { log, visible } = aLog();
    log.writePass([REFUSED], [], REPORT);
    log.writePodEvent([{ ...REFUSED, message: 'another' }], [], EVENT_REPORT);
    expect(visible()).toHaveLength(2);
  });

  it('leave problems of other Secrets remembered, until a pass does not find them', () => {
    const { log, visible } = aLog();
    log.writePodEvent([REFUSED], [], EVENT_REPORT);
    log.writePodEvent([CREATED, OTHER], [], EVENT_REPORT);
    visible();
    log.writePodEvent([REFUSED], [], EVENT_REPORT);
    expect(visible()).toEqual([]);
    log.writePass([], [], REPORT);
    log.writePodEvent([REFUSED], [], EVENT_REPORT);
    expect(visible()).toHaveLength(1);
  });

  it('and passes log an ignored mount once, with a truncated name', () => {
    const { log, visible } = aLog();
    const mount = { ...MOUNT, secretName: `aws-iam-${'X'.repeat(1_000_000)}` };
    log.writePodEvent([], [mount, mount], EVENT_REPORT);
    log.writePass([], [mount], REPORT);
    log.writePodEvent([], [mount], EVENT_REPORT);
    const lines = visible();
    expect(lines).toHaveLength(1);
    expect(JSON.stringify(lines).length).toBeLessThan(1_000);
  });

  it('do not fill the memory without a pass between them', () => {
    const { log, visible } = aLog();
    for (let at = 0; at < 2_100; at += 100) log.writePodEvent(refused(100, at), [], EVENT_REPORT);
    visible();
    log.writePodEvent([{ ...REFUSED, name: 'r2099' }], [], EVENT_REPORT);
    expect(visible()).toEqual([]);
    log.writePodEvent([{ ...REFUSED, name: 'r0' }], [], EVENT_REPORT);
    expect(visible()).toHaveLength(1);
  });

  it('of a namespace that floods do not make it forget the problems of others', () => {
    const { log, visible } = aLog();
    log.writePodEvent([REFUSED, OTHER], [], EVENT_REPORT);
    for (let at = 0; at < 20_000; at += 100) {
      log.writePodEvent(refused(100, at, 'flood'), [], EVENT_REPORT);
    }
    visible();
    log.writePodEvent([REFUSED, OTHER], [], EVENT_REPORT);
    expect(visible()).toEqual([]);
  });

  it('each have a summary, which stays short for 500 requests', () => {
    const { log, lines } = aLog();
    const outcome = { ...CREATED, result: 'created' } as ItemOutcome;
    const served = Array.from({ length: 500 }, (_, i) => ({
      request: aRequest(`aws-iam-r${i}`),
      view: aView({}),
      outcomes: [outcome],
      servedAt: new Date(NOW.getTime() + i),
    }));
    const record = { served, left: [], startedAt: NOW, endedAt: minutes(1), unwritten: [] };
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

describe('a namespace with many lines', () => {
  it('has a hundred in a pass, and one with the number of the others', () => {
    const { log, visible } = aLog();
    log.writePass([...refused(100_000, 0, 'flood'), REFUSED, CREATED], [], REPORT);
    const lines = visible();
    const linesOf = (namespace: string) =>
      lines.filter(([, , fields]) => fields['namespace'] === namespace);
    expect(linesOf('flood')).toHaveLength(101);
    expect(linesOf('shop')).toHaveLength(2);
    expect(lines).toContainEqual([
      'warn',
      'left out lines of a namespace',
      { namespace: 'flood', notWritten: 99_900 },
    ]);
  });

  it('has the other problems logged by later passes, until all are', () => {
    const { log, visible } = aLog();
    const counts = Array.from({ length: 4 }, () => {
      log.writePass(refused(250), [], REPORT);
      return visible().length;
    });
    expect(counts).toEqual([101, 101, 50, 0]);
  });

  it('counts changes and ignored mounts too', () => {
    const { log, visible } = aLog();
    const created = Array.from({ length: 80 }, (_, i) => ({ ...CREATED, name: `c${i}` }));
    const mounts = Array.from({ length: 80 }, (_, i) => ({
      pod: { ...SUBJECT.pod, name: `web-${i}` },
      secretName: 'aws-iam-X',
      reason: 'impossible-secret-name' as const,
      message: 'no',
    }));
    log.writePass(created, mounts, REPORT);
    expect(visible()).toHaveLength(101);
  });
});
