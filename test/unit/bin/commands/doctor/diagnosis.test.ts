import { describe, expect, it } from 'vitest';
import {
  type CheckResult,
  failed,
  notChecked,
  ok,
} from '../../../../../bin/commands/doctor/check.ts';
import { diagnosisOf } from '../../../../../bin/commands/doctor/diagnosis.ts';

const result = (id: string, finding: Omit<CheckResult, 'id' | 'title'>): CheckResult => ({
  id,
  title: id,
  ...finding,
});
const SETTINGS = result('settings', ok('fine'));
const CLUSTER = result('cluster', notChecked('no kubeconfig'));
const IDENTITY = result('aws-identity', notChecked('no credentials'));

describe('a diagnosis', () => {
  it('is ok when every check is', () => {
    expect(diagnosisOf([SETTINGS, result('chart', ok('fine'))])).toEqual({
      ok: true,
      complete: true,
      summary: '2 checks: 2 ok',
      first: undefined,
    });
  });

  it('starts with the first failure', () => {
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
  ])('is ok but incomplete without access to %s', (_, results) => {
    expect(diagnosisOf([SETTINGS, ...results])).toMatchObject({ ok: true, complete: false });
  });

  it('is not ok without access to both the cluster and AWS', () => {
    expect(diagnosisOf([SETTINGS, CLUSTER, IDENTITY])).toMatchObject({
      ok: false,
      complete: false,
      first: CLUSTER,
    });
  });
});
