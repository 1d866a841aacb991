import { describe, expect, it } from 'vitest';
import type { Check, CheckResult, Subject } from '../../../../../bin/commands/doctor/check.ts';
import { CHECKS } from '../../../../../bin/commands/doctor/all-checks.ts';
import {
  type Finding,
  failed,
  notChecked,
  ok,
  warning,
} from '../../../../../bin/commands/doctor/finding.ts';
import { leaveOut, runChecks } from '../../../../../bin/commands/doctor/run-checks.ts';
import { settingsOf } from './a-cluster.ts';

const fail = async () => {
  throw new Error('not to be asked');
};

/** None of the checks here looks at anything. */
const SUBJECT: Subject = {
  settings: settingsOf(),
  region: 'eu-central-1',
  now: () => new Date(0),
  cluster: { reach: fail, read: fail },
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
  const told: CheckResult[] = [];
  const progress = {
    during: <T>(_: string, work: () => Promise<T>) => work(),
    tell: (result: CheckResult) => void told.push(result),
  };
  const results = await runChecks(checks, SUBJECT, progress);
  expect(told).toEqual(results);
  return results.map(({ id, status, says, because }) => ({
    id,
    status,
    says,
    ...(because === undefined ? {} : { because }),
  }));
}

const FAILED = failed('broken', 'mend it');

describe('checks', () => {
  it('are made in their order, each for itself', async () => {
    expect(await run(check('a', ok('fine')), check('b', FAILED), check('c', ok('fine')))).toEqual([
      { id: 'a', status: 'ok', says: 'fine' },
      { id: 'b', status: 'failed', says: 'broken' },
      { id: 'c', status: 'ok', says: 'fine' },
    ]);
  });

  it('are left out after the failure that explains theirs', async () => {
    const [, left] = await run(check('a', FAILED), check('b', FAILED, { after: ['a'] }));
    expect(left).toEqual({ id: 'b', status: 'not-checked', says: 'first mend "A"', because: 'a' });
  });

  it.each([
    ['fine', ok('fine')],
    ['only a warning', warning('odd', 'mend it')],
    ['not known', notChecked('you may not')],
  ])('are made when what may explain their failure is %s', async (_, finding) => {
    const [, made] = await run(check('a', finding), check('b', FAILED, { after: ['a'] }));
    expect(made).toMatchObject({ status: 'failed' });
  });

  it.each([
    ['failed', FAILED, 'first mend "A"'],
    ['is not known', notChecked('you may not'), 'not known without "A"'],
  ])('are left out where what they cannot be made without %s', async (_, finding, says) => {
    const [, left] = await run(check('a', finding), check('b', ok('fine'), { requires: ['a'] }));
    expect(left).toMatchObject({ status: 'not-checked', says });
  });

  it('name the first cause of a chain', async () => {
    const results = await run(
      check('a', FAILED),
      check('b', ok('fine'), { requires: ['a'] }),
      check('c', ok('fine'), { requires: ['b'] }),
    );
    expect(results[2]).toMatchObject({ says: 'first mend "A"', because: 'a' });
  });

  it('are made though one that was left out may explain their failure', async () => {
    const results = await run(
      check('a', FAILED),
      check('b', ok('fine'), { requires: ['a'] }),
      check('c', ok('fine'), { after: ['b'] }),
    );
    expect(results[2]).toMatchObject({ status: 'ok' });
  });

  it('go on when one breaks off', async () => {
    expect(await run(check('a', ok(''), { run: fail }), check('b', ok('fine')))).toEqual([
      { id: 'a', status: 'failed', says: 'not to be asked' },
      { id: 'b', status: 'ok', says: 'fine' },
    ]);
  });

  it('are all left out for a cause before all of them', () => {
    const cause = { id: 'settings', title: 'settings', ...FAILED };
    const told: CheckResult[] = [];
    const results = leaveOut(CHECKS, cause, { tell: (result) => void told.push(result) });
    expect(results).toHaveLength(CHECKS.length);
    expect(told).toEqual(results);
    expect(new Set(results.map(({ says }) => says))).toEqual(new Set(['first mend "settings"']));
  });
});

describe('the checks of doctor', () => {
  it('have ids of their own', () => {
    expect(new Set(CHECKS.map(({ id }) => id)).size).toBe(CHECKS.length);
    expect(new Set(CHECKS.map(({ title }) => title)).size).toBe(CHECKS.length);
  });

  it('refer to checks before them only', () => {
    const before = new Set<string>();
    for (const { id, requires = [], after = [] } of CHECKS) {
      expect([...requires, ...after].filter((one) => !before.has(one))).toEqual([]);
      before.add(id);
    }
  });
});
