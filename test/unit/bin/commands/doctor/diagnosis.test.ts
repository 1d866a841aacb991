import { describe, expect, it } from 'vitest';
import type { CheckResult } from '../../../../../bin/commands/doctor/check.ts';
import { diagnosisOf } from '../../../../../bin/commands/doctor/diagnosis.ts';
import { failed, notChecked, ok } from '../../../../../bin/commands/doctor/finding.ts';

const result = (id: string, finding: Omit<CheckResult, 'id' | 'title'>): CheckResult => ({
  id,
  title: id,
  ...finding,
});
const SETTINGS = result('settings', ok('fine'));
const CLUSTER = result('cluster', notChecked('there is no kubeconfig'));
const IDENTITY = result('aws-identity', notChecked('AWS does not know you'));

describe('a diagnosis', () => {
  it('is that all is well when every check says so', () => {
    expect(diagnosisOf([SETTINGS, result('chart', ok('fine'))])).toEqual({
      ok: true,
      complete: true,
      summary: '2 checks: 2 ok',
      first: undefined,
    });
  });

  it('begins with what failed first', () => {
    const broken = result('chart', failed('missing', 'install it'));
    expect(diagnosisOf([SETTINGS, CLUSTER, broken, broken])).toEqual({
      ok: false,
      complete: false,
      summary: '4 checks: 1 ok, 2 failed, 1 not checked',
      first: broken,
    });
  });

  it.each([
    ['the cluster', [CLUSTER, result('aws-identity', ok('jane'))]],
    ['AWS', [result('cluster', ok('here')), IDENTITY]],
  ])('is well as far as one can see without %s', (_, results) => {
    expect(diagnosisOf([SETTINGS, ...results])).toMatchObject({ ok: true, complete: false });
  });

  it('is that nothing is known where neither the cluster nor AWS can be looked at', () => {
    expect(diagnosisOf([SETTINGS, CLUSTER, IDENTITY])).toMatchObject({
      ok: false,
      complete: false,
      first: CLUSTER,
    });
  });
});
