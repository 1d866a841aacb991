import { describe, expect, it } from 'vitest';
import { type Manifest, renderChart } from '../../support/chart/helm.ts';
import { HELM, requires } from '../../support/requirements.ts';

const OWN = {
  kind: 'ServiceAccount',
  name: 'kube-aws-iam-refresher',
  namespace: 'kube-aws-iam',
};
const OTHER = { kind: 'ServiceAccount', name: 'refresher', namespace: 'platform' };
const GROUP = 'kube-aws-iam:refreshers';

const rendered = (subject: object, rotatesLogin = false, values: object = {}) =>
  renderChart({
    'refresher.subject': subject,
    'refresher.rotatesLogin': rotatesLogin,
    ...values,
  });
const named = (manifests: readonly Manifest[], pattern: RegExp) =>
  manifests.filter(({ metadata }) => pattern.test(metadata.name));
const kinds = (manifests: readonly Manifest[], pattern: RegExp) =>
  named(manifests, pattern).map(({ kind }) => kind);

describe('the subject of the chart', requires(HELM), () => {
  it.each<[string, object, object, string]>([
    [
      'a group by default',
      { kind: 'Group', name: GROUP },
      { apiGroup: 'rbac.authorization.k8s.io', kind: 'Group', name: GROUP },
      `request.userInfo.groups.exists(g, g == "${GROUP}")`,
    ],
    [
      'a user',
      { kind: 'User', name: `o'brien "x"\\ <ü>` },
      { apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: `o'brien "x"\\ <ü>` },
      String.raw`request.userInfo.username == "o'brien \"x\"\\ \u003cü\u003e"`,
    ],
    [
      'its ServiceAccount',
      OWN,
      OWN,
      'username == "system:serviceaccount:kube-aws-iam:kube-aws-iam-refresher"',
    ],
    [
      'another ServiceAccount',
      OTHER,
      OTHER,
      'username == "system:serviceaccount:platform:refresher"',
    ],
  ])('is bound and compared in each policy: %s', async (_, subject, bound, expression) => {
    const manifests = await rendered(subject, subject === OWN, { namespaces: ['team'] });
    const bindings = named(manifests, /^kube-aws-iam-refresher/).filter(({ kind }) =>
      /RoleBinding$/.test(kind),
    );
    expect(bindings).toHaveLength(subject === OWN ? 3 : 2);
    for (const binding of bindings) expect(binding['subjects']).toEqual([bound]);
    const policies = manifests.filter(({ kind }) => kind === 'ValidatingAdmissionPolicy');
    expect(policies).toHaveLength(subject === OWN ? 3 : 2);
    for (const policy of policies)
      expect(JSON.stringify(policy)).toContain(JSON.stringify(expression).slice(1, -1));
    // The group of EKS has no permissions when it is not the subject.
    expect(JSON.stringify(manifests).includes(GROUP)).toBe(
      'name' in subject && subject.name === GROUP,
    );
  });

  it.each<[string, object, boolean, readonly string[]]>([
    ['a group', { kind: 'Group', name: GROUP }, false, []],
    ['another ServiceAccount', OTHER, false, []],
    ['one of the same name elsewhere', { ...OWN, namespace: 'platform' }, false, []],
    ['that of the chart', OWN, false, ['ServiceAccount']],
    [
      'that of the chart, which rotates its token',
      OWN,
      true,
      ['ServiceAccount', 'Role', 'RoleBinding'],
    ],
  ])(
    'has a ServiceAccount and can request its tokens only if needed: %s',
    async (_, subject, rotates, expected) => {
      const manifests = await rendered(subject, rotates);
      const found = [
        ...kinds(manifests, /^kube-aws-iam-refresher$/).filter((kind) => kind === 'ServiceAccount'),
        ...kinds(manifests, /^kube-aws-iam-refresher-tokens$/),
      ];
      expect(found).toEqual(expected);
      expect(kinds(manifests, /^kube-aws-iam-tokens$/)).toHaveLength(rotates ? 2 : 0);
    },
  );

  it('can request tokens of its own ServiceAccount only', async () => {
    const manifests = await rendered(OWN, true);
    const [role] = manifests.filter(
      ({ kind, metadata }) => kind === 'Role' && metadata.name === 'kube-aws-iam-refresher-tokens',
    );
    expect(role).toMatchObject({
      metadata: { namespace: 'kube-aws-iam' },
      rules: [
        {
          apiGroups: [''],
          resources: ['serviceaccounts/token'],
          resourceNames: ['kube-aws-iam-refresher'],
          verbs: ['create'],
        },
      ],
    });
  });
});
