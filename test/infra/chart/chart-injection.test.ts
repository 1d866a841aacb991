import { describe, expect, it } from 'vitest';
import { PRODUCT_NAMESPACE } from '../../../contract/forwarder.ts';
import {
  CONFIG_PATH,
  CONFIG_VOLUME,
  INJECT_LABEL,
  INJECT_VALUE,
  INJECTED_VOLUME,
  ROLE_ANNOTATION,
} from '../../../contract/kubernetes/injection.ts';
import {
  MOUNT_PATH,
  SECRET_KEYS,
  SECRET_NAME_PREFIX,
} from '../../../contract/kubernetes/secret.ts';
import {
  helm,
  type Manifest,
  madeChart,
  manifestNamed,
  REQUIRED_VALUES,
  renderChart,
  setting,
} from '../../support/chart/helm.ts';
import { HELM, requires } from '../../support/requirements.ts';

const NAME = 'kube-aws-iam-injection';
const BASE = 'arn:aws:iam::123456789012:role/';
const ENABLED = { 'injection.enabled': true, 'injection.baseRoleArn': BASE };
const KINDS = ['MutatingAdmissionPolicy', 'ValidatingAdmissionPolicy'];

interface Spec {
  readonly failurePolicy: string;
  readonly reinvocationPolicy?: string;
  readonly matchConstraints: object;
  readonly matchConditions: readonly { readonly expression: string }[];
  readonly variables: readonly { readonly name: string; readonly expression: string }[];
  readonly validations?: readonly { readonly message: string }[];
}

const specOf = (manifests: readonly Manifest[], kind: string) =>
  manifestNamed(manifests, kind, NAME)['spec'] as Spec;
const variable = (spec: Spec, name: string) =>
  spec.variables.find((one) => one.name === name)?.expression;

describe('injection in the chart', requires(HELM), () => {
  it('is disabled by default', async () => {
    const kinds = (await renderChart()).map(({ kind }) => kind);
    expect(kinds.filter((kind) => kind.startsWith('Mutating'))).toEqual([]);
    const names = (await renderChart()).map(({ metadata }) => metadata.name);
    expect(names).not.toContain(NAME);
  });

  it('has two policies with bindings that fail closed', async () => {
    const manifests = await renderChart(ENABLED);
    for (const kind of KINDS) {
      expect(specOf(manifests, kind).failurePolicy).toBe('Fail');
      expect(manifestNamed(manifests, `${kind}Binding`, NAME)['spec']).toMatchObject({
        policyName: NAME,
      });
    }
    expect(specOf(manifests, 'MutatingAdmissionPolicy').reinvocationPolicy).toBe('IfNeeded');
  });

  it('applies to new pods in namespaces with the label of the contract, except two namespaces', async () => {
    const manifests = await renderChart(ENABLED);
    for (const kind of KINDS) {
      expect(specOf(manifests, kind).matchConstraints).toEqual({
        matchPolicy: 'Equivalent',
        objectSelector: {},
        namespaceSelector: {
          matchLabels: { [INJECT_LABEL]: INJECT_VALUE },
          matchExpressions: [
            {
              key: 'kubernetes.io/metadata.name',
              operator: 'NotIn',
              values: ['kube-system', PRODUCT_NAMESPACE],
            },
          ],
        },
        resourceRules: [
          {
            apiGroups: [''],
            apiVersions: ['v1'],
            operations: ['CREATE'],
            resources: ['pods'],
            scope: '*',
          },
        ],
      });
    }
  });

  it('has the same match conditions and variables in both policies', async () => {
    const manifests = await renderChart(ENABLED);
    const one = specOf(manifests, 'MutatingAdmissionPolicy');
    const other = specOf(manifests, 'ValidatingAdmissionPolicy');
    expect(one.matchConditions).toEqual(other.matchConditions);
    expect(one.variables.slice(0, other.variables.length)).toEqual(other.variables);
  });

  it('has the names and paths of the contract', async () => {
    const spec = specOf(await renderChart(ENABLED), 'MutatingAdmissionPolicy');
    const text = JSON.stringify(spec);
    expect(variable(spec, 'asked')).toBe(`object.metadata.annotations['${ROLE_ANNOTATION}']`);
    expect(variable(spec, 'secretName')).toBe(`'${SECRET_NAME_PREFIX}' + variables.role`);
    expect(variable(spec, 'volume')).toContain(`'${INJECTED_VOLUME}'`);
    expect(text).toContain(`mountPath: '${MOUNT_PATH}'`);
    expect(text).toContain(`'${CONFIG_PATH}/${SECRET_KEYS.process}'`);
    expect(text).toContain(`'${MOUNT_PATH}/${SECRET_KEYS.process}'`);
    expect(text).toContain(`value: '${MOUNT_PATH}/${SECRET_KEYS.credentials}'`);
    expect(text).toContain(`name: '${CONFIG_VOLUME}'`);
    expect(text).toContain(`mountPath: '${CONFIG_PATH}'`);
    const pattern = /m\.mountPath\.matches\('([^']+)'\)/.exec(text)?.[1] ?? '';
    for (const path of [MOUNT_PATH, `${MOUNT_PATH}/`, `/${MOUNT_PATH}`, MOUNT_PATH.slice(1)]) {
      expect(new RegExp(pattern).test(path)).toBe(true);
    }
    for (const path of [`${MOUNT_PATH}-orders`, `${MOUNT_PATH}/sub`, '/meta', '/metaaws-iam']) {
      expect(new RegExp(pattern).test(path)).toBe(false);
    }
  });

  it.each([
    ['no base', '', ['/']],
    ['a base without a path', BASE, [BASE, '/']],
    ['a base with a path', `${BASE}a/b/`, [`${BASE}a/b/`, '/a/b/', 'a/b/', '/']],
  ])('removes the prefix of a role name: %s', async (_, baseRoleArn, prefixes) => {
    const values = { ...ENABLED, 'injection.baseRoleArn': baseRoleArn };
    const spec = specOf(await renderChart(values), 'MutatingAdmissionPolicy');
    expect(variable(spec, 'role')).toContain(`${JSON.stringify(prefixes)}.filter(`);
  });

  it('has one-line messages that name the annotation', async () => {
    for (const baseRoleArn of ['', BASE]) {
      const values = { ...ENABLED, 'injection.baseRoleArn': baseRoleArn };
      const { validations } = specOf(await renderChart(values), 'ValidatingAdmissionPolicy');
      for (const { message } of validations ?? []) {
        expect(message).toMatch(/^kube-aws-iam: [^\n]*iam\.amazonaws\.com\/role[^\n]*\.\)?$/);
      }
    }
  });

  it('is described in the notes only if it is enabled', async () => {
    const notes = async (values: object) => {
      const set = setting({ ...REQUIRED_VALUES, ...values });
      const text = await helm('install', 'x', madeChart(), '--dry-run=client', ...set);
      return text.slice(text.indexOf('NOTES:'));
    };
    const label = `kubectl label namespace NAMESPACE ${INJECT_LABEL}=${INJECT_VALUE}`;
    expect(await notes(ENABLED)).toContain(label);
    expect(await notes({})).not.toContain(INJECT_LABEL);
  });

  it('passes helm lint', async () => {
    const set = setting({ ...REQUIRED_VALUES, ...ENABLED });
    expect(await helm('lint', '--strict', madeChart(), ...set)).toContain('0 chart(s) failed');
  });
});
