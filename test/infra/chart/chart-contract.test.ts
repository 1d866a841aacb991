import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { judgeVersion } from '../../../bin/commands/doctor/cluster-checks/reach-and-version.ts';
import {
  REFRESHER_RBAC,
  REFRESHER_SERVICE_ACCOUNT,
  REFRESHERS_GROUP,
} from '../../../contract/kubernetes/cluster-access.ts';
import { ALLOWED_ROLES_ANNOTATION } from '../../../contract/kubernetes/namespace.ts';
import {
  DEFAULT_SECRET_METADATA,
  EXPIRES_AT_ANNOTATION,
  HERITAGE_LABEL,
  HERITAGE_VALUE,
  isReservedLabel,
  MANAGED_SELECTOR,
  ROLE_ARN_ANNOTATION,
  SECRET_KEYS,
  SECRET_NAME_PREFIX,
  SESSION_ANNOTATION,
  UNUSED_SINCE_ANNOTATION,
} from '../../../contract/kubernetes/secret.ts';
import { redactedErrorOf } from '../../../lambda/act/secrets/redact-errors.ts';
import { renderSecret } from '../../../lambda/act/secrets/render-secret.ts';
import { base64Pattern } from '../../support/chart/base64-pattern.ts';
import {
  CHART_FOLDER,
  helm,
  type Manifest,
  madeChart,
  manifestNamed,
  REQUIRED_VALUES,
  renderChart,
  setting,
} from '../../support/chart/helm.ts';
import { HELM, requires } from '../../support/requirements.ts';

describe('names in the chart', () => {
  const names = readFileSync(join(CHART_FOLDER, 'templates', '_names.tpl'), 'utf8');
  const notes = readFileSync(join(CHART_FOLDER, 'templates', 'NOTES.txt'), 'utf8');

  it('include group, ServiceAccount and label of the contract', () => {
    const values = readFileSync(join(CHART_FOLDER, 'values.yaml'), 'utf8');
    expect(values).toContain(`    kind: Group\n    name: ${REFRESHERS_GROUP}\n`);
    expect(names).toContain(`"kube-aws-iam.refresher" -}}\n${REFRESHER_SERVICE_ACCOUNT}\n`);
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

describe("the chart's policy for what the refresher writes", requires(HELM), () => {
  interface Policy {
    readonly validations: readonly { readonly expression: string; readonly message: string }[];
  }
  const policy = async () => {
    const manifests = await renderChart();
    const { spec } = manifestNamed(manifests, 'ValidatingAdmissionPolicy', REFRESHER_RBAC);
    const { validations } = spec as Policy;
    return { validations, text: validations.map(({ expression }) => expression).join('\n') };
  };
  const render = (values: readonly [string, string, string]) => {
    const [accessKeyId, secretAccessKey, sessionToken] = values;
    const expiresAt = new Date('2026-11-23T10:00:00Z');
    const credentials = { accessKeyId, secretAccessKey, sessionToken, expiresAt };
    const metadata = { labels: {}, annotations: {} };
    const roleArn = 'arn:aws:iam::123456789012:role/app';
    return renderSecret(credentials, { roleArn, fingerprint: 'a1b2c3d4', metadata }).data;
  };
  const base64 = (text = '') => Buffer.from(text).toString('base64');

  it('has the names, keys and files of the contract', async () => {
    const { text } = await policy();
    expect(text).toContain(`startsWith('${SECRET_NAME_PREFIX}')`);
    expect(text).toContain(
      `in [${Object.values(SECRET_KEYS)
        .map((key) => `'${key}'`)
        .join(', ')}]`,
    );
    const data = render(['KEY', 'KEY', 'KEY']);
    expect(text).toContain(`'${base64(data[SECRET_KEYS.process])}'`);
    const lines = (data[SECRET_KEYS.credentials] ?? '').split(/KEY|2026-11-23T10:00:00Z/);
    expect(text).toContain(`r'${base64Pattern(lines)}'`);
  });

  it('accepts credentials of any length, and no other lines', () => {
    const lines = (render(['KEY', 'KEY', 'KEY'])[SECRET_KEYS.credentials] ?? '').split(
      /KEY|2026-11-23T10:00:00Z/,
    );
    const pattern = new RegExp(base64Pattern(lines));
    for (let length = 0; length < 300; length += 1) {
      const value = (shift: number) => 'ASIA'.padEnd(4 + ((length + shift) % 67), '+/=aZ09!~');
      const file = render([value(0), value(length >> 2), value(length >> 4)])['credentials'] ?? '';
      expect(base64(file)).toMatch(pattern);
      const at = (length * 7) % (file.length + 1);
      for (const extra of ['\n', '\r', '\0', '\u00e4', '\n[x]', '\ncredential_process = id\n']) {
        const changed = file.slice(0, at) + extra + file.slice(at);
        expect([changed, pattern.test(base64(changed))]).toEqual([changed, false]);
      }
    }
  });

  it('reserves the labels that the refresher does not copy', async () => {
    const { text } = await policy();
    const [, pattern = '?'] = /key\.matches\(r'([^']+)'\)/.exec(text) ?? [];
    const [, exception = '?'] = /!key\.startsWith\('(app[^']+)'\)/.exec(text) ?? [];
    const isReserved = (key: string) => new RegExp(pattern).test(key) && !key.startsWith(exception);
    const reserved = {
      ...{ 'argocd.argoproj.io/secret-type': true, 'argoproj.io/x': true, 'xargoproj.io/x': false },
      ...{ 'sealedsecrets.bitnami.com/sealed-secrets-key': true, 'bitnami.com/x': false },
      ...{ 'kubernetes.io/x': true, 'node.kubernetes.io/x': true, 'k8s.io/x': true },
      ...{ 'app.kubernetes.io/name': false, 'x.app.kubernetes.io/name': true },
      ...{ 'k8s.io': false, team: false, 'k8s.io.example.com/x': false, 'helm.sh/chart': false },
    };
    const results = (test: (key: string) => boolean) =>
      Object.fromEntries(Object.keys(reserved).map((key) => [key, test(key)]));
    expect(results(isReserved)).toEqual(reserved);
    expect(results(isReservedLabel)).toEqual(reserved);
  });

  it('allows the default of the setting secretMetadata', async () => {
    const { text } = await policy();
    for (const entries of Object.values(DEFAULT_SECRET_METADATA)) {
      expect(text).toContain(`key in ${JSON.stringify(Object.keys(entries))}`);
    }
  });

  it('has messages that the functions report', async () => {
    const { validations } = await policy();
    for (const { message } of validations) {
      const denied = `secrets "a" is forbidden: ValidatingAdmissionPolicy '${REFRESHER_RBAC}' with binding '${REFRESHER_RBAC}' denied request: ${message}`;
      const body = Buffer.from(
        JSON.stringify({ kind: 'Status', reason: 'Forbidden', message: denied }),
      );
      const headers = { 'content-type': 'application/json' };
      const rule = message.replace('kube-aws-iam: ', '');
      expect(redactedErrorOf({ status: 403, headers, body }).message).toContain(rule);
    }
  });
});
