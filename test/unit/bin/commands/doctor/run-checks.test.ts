import { describe, expect, it } from 'vitest';
import { CHECKS } from '../../../../../bin/commands/doctor/all-checks.ts';
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
    check: fail,
  },
};

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
    const results = skipChecks(CHECKS, cause);
    expect(results).toHaveLength(CHECKS.length);
    expect(new Set(results.map(({ says }) => says))).toEqual(new Set(['fix "settings" first']));
  });
});

describe('the checks of doctor', () => {
  it('have unique ids and titles', () => {
    expect(new Set(CHECKS.map(({ id }) => id)).size).toBe(CHECKS.length);
    expect(new Set(CHECKS.map(({ title }) => title)).size).toBe(CHECKS.length);
  });

  it('refer only to earlier checks', () => {
    const before = new Set<string>();
    for (const { id, requires = [], after = [] } of CHECKS) {
      expect([...requires, ...after].filter((one) => !before.has(one))).toEqual([]);
      before.add(id);
    }
  });
});
