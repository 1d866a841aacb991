import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { judgeVersion } from '../../../bin/commands/doctor/cluster-checks/reach-and-version.ts';
import { REFRESHERS_GROUP } from '../../../contract/kubernetes/cluster-access.ts';
import { ALLOWED_ROLES_ANNOTATION } from '../../../contract/kubernetes/namespace.ts';
import {
  EXPIRES_AT_ANNOTATION,
  HERITAGE_LABEL,
  HERITAGE_VALUE,
  MANAGED_SELECTOR,
  ROLE_ARN_ANNOTATION,
  SESSION_ANNOTATION,
  UNUSED_SINCE_ANNOTATION,
} from '../../../contract/kubernetes/secret.ts';
import {
  CHART_FOLDER,
  helm,
  type Manifest,
  madeChart,
  REQUIRED_VALUES,
  renderChart,
  setting,
} from '../../support/chart/helm.ts';
import { HELM, requires } from '../../support/requirements.ts';

describe('names in the chart', () => {
  const names = readFileSync(join(CHART_FOLDER, 'templates', '_names.tpl'), 'utf8');
  const notes = readFileSync(join(CHART_FOLDER, 'templates', 'NOTES.txt'), 'utf8');

  it('include group and label of the contract', () => {
    expect(names).toContain(`\n${REFRESHERS_GROUP}\n`);
    expect(names).toContain(`labels['${HERITAGE_LABEL}'] == '${HERITAGE_VALUE}'`);
  });

  it('include the prefix of all annotations of the contract', () => {
    const prefix = /startsWith\('([^']+)'\)/.exec(names)?.[1];
    expect(prefix).toMatch(/\/$/);
    for (const key of [
      EXPIRES_AT_ANNOTATION,
      ROLE_ARN_ANNOTATION,
      SESSION_ANNOTATION,
      UNUSED_SINCE_ANNOTATION,
    ]) {
      expect(key.startsWith(prefix ?? '?')).toBe(true);
    }
  });

  it('in the notes are those of the contract', () => {
    expect(notes).toContain(ALLOWED_ROLES_ANNOTATION);
    expect(notes).toContain(MANAGED_SELECTOR);
  });
});

describe('the chart', requires(HELM), () => {
  it('passes helm lint', async () => {
    const parameters = ['--strict', madeChart(), ...setting(REQUIRED_VALUES)];
    expect(await helm('lint', ...parameters)).toContain('0 chart(s) failed');
  });

  it('has the recommended labels on all manifests', async () => {
    for (const { metadata } of await renderChart()) {
      expect(metadata.labels).toMatchObject({
        'app.kubernetes.io/name': 'kube-aws-iam',
        'app.kubernetes.io/instance': 'kube-aws-iam',
        'app.kubernetes.io/managed-by': 'Helm',
        'app.kubernetes.io/version': expect.any(String),
        'helm.sh/chart': expect.stringMatching(/^kube-aws-iam-\d+\.\d+\.\d+$/),
      });
    }
  });

  it('binds each policy with the action Deny', async () => {
    const manifests = await renderChart();
    const named = (kind: string): readonly Manifest[] => manifests.filter((m) => m.kind === kind);
    expect(named('ValidatingAdmissionPolicyBinding').map(({ spec }) => spec)).toEqual(
      named('ValidatingAdmissionPolicy').map(({ metadata }) => ({
        policyName: metadata.name,
        validationActions: ['Deny'],
      })),
    );
  });

  it.each([
    ['an unknown value', { 'migration.exemptUser': ['x'] }, /exemptUser/],
    ['a value of another type', { 'migration.exemptUsers': 'x' }, /exemptUsers/],
    ['an empty name', { 'migration.exemptUsers': [''] }, /exemptUsers/],
    [
      'an exemption of everyone',
      { 'migration.exemptGroups': ['system:authenticated'] },
      /exemptGroups/,
    ],
    ['an unknown section', { controller: {} }, /controller/],
  ])('rejects %s', async (_, values, text) => {
    await expect(renderChart(values)).rejects.toThrow(text);
  });

  it('rejects Kubernetes versions that doctor rejects, and no others', async () => {
    const render = (version: string) =>
      helm('template', 'x', madeChart(), '--kube-version', version, ...setting(REQUIRED_VALUES));
    await expect(render('1.31.9')).rejects.toThrow('1.32');
    await expect(render('1.32.0-eks-1a2b3c4')).resolves.toContain('kind: ');
    const judge = (minor: string) => judgeVersion({ major: '1', minor, gitVersion: '' }, false);
    expect([judge('31+').status, judge('32+').status]).toEqual(['failed', 'ok']);
  });

  it('escapes quotes in the name of an exempt user', async () => {
    const user = `o'brien" in [] || true || "x`;
    const manifests = await renderChart({ 'migration.exemptUsers': [user] });
    expect(JSON.stringify(manifests)).toContain(JSON.stringify(JSON.stringify(user)).slice(1, -1));
  });
});
