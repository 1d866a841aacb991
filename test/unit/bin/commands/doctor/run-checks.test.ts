import { describe, expect, it } from 'vitest';
import { checksFor } from '../../../../../bin/commands/doctor/all-checks.ts';
import {
  type Check,
  type CheckContext,
  type Finding,
  failed,
  notChecked,
  ok,
  warning,
} from '../../../../../bin/commands/doctor/check.ts';
import { runChecks, skipChecks } from '../../../../../bin/commands/doctor/run-checks.ts';
import { settingsOf } from './settings.ts';

const fail = async () => {
  throw new Error('unexpected call');
};

/** The checks of these tests read nothing. */
const CONTEXT: CheckContext = {
  settings: settingsOf(),
  region: 'eu-central-1',
  now: () => new Date(0),
  cluster: { connect: fail, read: fail },
  aws: {
    identity: fail,
    cluster: fail,
    accessEntry: fail,
    functionNamed: fail,
    concurrency: fail,
    scheduleState: fail,
    loginSecret: fail,
    loginValue: fail,
    check: fail,
  },
  check: fail,
};

const MODES = (['eks', 'kubernetes'] as const).flatMap((kind) =>
  (['lambda', 'cluster'] as const).map((runsIn) => ({ kind, runsIn })),
);
const ALL_IDS = new Set(MODES.flatMap((mode) => checksFor(mode).map(({ id }) => id)));

const check = (id: string, finding: Finding, rest: Partial<Check> = {}): Check => ({
  id,
  title: id.toUpperCase(),
  run: async () => finding,
  ...rest,
});

async function run(...checks: readonly Check[]) {
  const results = await runChecks(checks, CONTEXT, (_, work) => work());
  return results.map(({ id, status, says, because }) => ({
    id,
    status,
    says,
    ...(because === undefined ? {} : { because }),
  }));
}

const FAILED = failed('broken', 'fix it');

describe('checks', () => {
  it('run in order, independently', async () => {
    expect(await run(check('a', ok('fine')), check('b', FAILED), check('c', ok('fine')))).toEqual([
      { id: 'a', status: 'ok', says: 'fine' },
      { id: 'b', status: 'failed', says: 'broken' },
      { id: 'c', status: 'ok', says: 'fine' },
    ]);
  });

  it('are skipped after a failure that explains theirs', async () => {
    const [, skipped] = await run(check('a', FAILED), check('b', FAILED, { after: ['a'] }));
    expect(skipped).toEqual({
      id: 'b',
      status: 'not-checked',
      says: 'fix "A" first',
      because: 'a',
    });
  });

  it.each([
    ['is ok', ok('fine')],
    ['is a warning', warning('odd', 'fix it')],
    ['is unknown', notChecked('no permission')],
  ])('run when the check that may explain their failure %s', async (_, finding) => {
    const [, second] = await run(check('a', finding), check('b', FAILED, { after: ['a'] }));
    expect(second).toMatchObject({ status: 'failed' });
  });

  it.each([
    ['failed', FAILED, 'fix "A" first'],
    ['is unknown', notChecked('no permission'), 'unknown without "A"'],
  ])('are skipped when a required check %s', async (_, finding, says) => {
    const [, skipped] = await run(check('a', finding), check('b', ok('fine'), { requires: ['a'] }));
    expect(skipped).toMatchObject({ status: 'not-checked', says });
  });

  it('name the root cause of a chain', async () => {
    const results = await run(
      check('a', FAILED),
      check('b', ok('fine'), { requires: ['a'] }),
      check('c', ok('fine'), { requires: ['b'] }),
    );
    expect(results[2]).toMatchObject({ says: 'fix "A" first', because: 'a' });
  });

  it('run after a skipped check that may explain their failure', async () => {
    const results = await run(
      check('a', FAILED),
      check('b', ok('fine'), { requires: ['a'] }),
      check('c', ok('fine'), { after: ['b'] }),
    );
    expect(results[2]).toMatchObject({ status: 'ok' });
  });

  it('continue when one throws', async () => {
    expect(await run(check('a', ok(''), { run: fail }), check('b', ok('fine')))).toEqual([
      { id: 'a', status: 'failed', says: 'unexpected call' },
      { id: 'b', status: 'ok', says: 'fine' },
    ]);
  });

  it('are all skipped for a cause before them', () => {
    const cause = { id: 'settings', title: 'settings', ...FAILED };
    const checks = checksFor({ kind: 'eks', runsIn: 'lambda' });
    const results = skipChecks(checks, cause);
    expect(results).toHaveLength(checks.length);
    expect(new Set(results.map(({ says }) => says))).toEqual(new Set(['fix "settings" first']));
  });
});

describe.each(MODES)('the checks of doctor for $kind, with the refresher in $runsIn', (mode) => {
  const checks = checksFor(mode);

  it('have unique ids and titles', () => {
    expect(new Set(checks.map(({ id }) => id)).size).toBe(checks.length);
    expect(new Set(checks.map(({ title }) => title)).size).toBe(checks.length);
  });

  it('refer only to earlier checks', () => {
    const later = new Set(checks.map(({ id }) => id));
    for (const { id, requires = [], after = [] } of checks) {
      expect([...requires, ...after].filter((one) => later.has(one))).toEqual([]);
      // Those that do not apply to this cluster apply to another.
      expect([...requires, ...after].filter((one) => !ALL_IDS.has(one))).toEqual([]);
      later.delete(id);
    }
  });

  it('require only checks of their own', () => {
    const ids = checks.map(({ id }) => id);
    expect(
      checks.flatMap(({ requires = [] }) => requires).filter((id) => !ids.includes(id)),
    ).toEqual([]);
  });

  it('read EKS only on EKS, and functions only if there are some', () => {
    const ids = checks.map(({ id }) => id);
    const has = (pattern: RegExp) => ids.some((id) => pattern.test(id));
    expect(has(/^(eks-cluster|authentication-mode|access-entry|endpoint-access)$/)).toBe(
      mode.kind === 'eks',
    );
    expect(has(/^(refresh|sweep|events)-(function|running|schedule|environment)$/)).toBe(
      mode.runsIn === 'lambda',
    );
    expect(has(/^forwarder/)).toBe(mode.runsIn === 'lambda');
    expect(has(/^refresher/)).toBe(mode.runsIn === 'cluster');
    expect(has(/^login$/)).toBe(mode.runsIn === 'lambda' && mode.kind === 'kubernetes');
  });
});
