import { describe, expect, it } from 'vitest';
import { chartValues } from '../../../infra/chart/chart-values.ts';
import schema from '../../../infra/chart/kube-aws-iam/values.schema.json' with { type: 'json' };
import { clusterSettings } from '../../../infra/settings/cluster-settings.ts';
import { readClusterSettings } from '../../../infra/settings/read-cluster-settings.ts';
import { issueServerCertificate } from '../../../local/kubernetes/certificates.ts';
import {
  helm,
  madeChart,
  REQUIRED_VALUES,
  renderChart,
  setting,
} from '../../support/chart/helm.ts';
import { HELM, requires } from '../../support/requirements.ts';

const { caPem } = await issueServerCertificate();
const without = (path: string) =>
  Object.fromEntries(Object.entries(REQUIRED_VALUES).filter(([key]) => key !== path));
const forwarder = (key: string, value: unknown) => ({ [`forwarder.${key}`]: value });
const credentials = (value: object) => forwarder('credentials', value);
const injection = (baseRoleArn: unknown) => ({ 'injection.baseRoleArn': baseRoleArn });
const subject = (kind: string, name: unknown, namespace?: string) => ({
  'refresher.subject': { kind, name, ...(namespace === undefined ? {} : { namespace }) },
});
const API = { server: 'https://10.0.0.1:6443', certificateAuthority: caPem };
const OWN = subject('ServiceAccount', 'kube-aws-iam-refresher', 'kube-aws-iam');
const BASE = 'arn:aws:iam::123456789012:role/';
const ROLE_ARN = 'arn:aws:iam::123456789012:role/forwarder';

describe('the values of the chart', requires(HELM), () => {
  it.each([
    ['forwarder.region', "missing property 'region'"],
    ['forwarder.eventBusName', "missing property 'eventBusName'"],
    ['forwarder.credentials', "missing property 'roleName'"],
  ])('require %s', async (path, words) => {
    const parameters = ['x', madeChart(), ...setting(without(path))];
    await expect(helm('template', ...parameters)).rejects.toThrow(words);
  });

  it.each<[string, object, RegExp]>([
    ['an unknown value', forwarder('bus', 'x'), /properties 'bus' not allowed/],
    ['no region', forwarder('region', 'Frankfurt'), /region'.*does not match/],
    ['an availability zone', forwarder('region', 'eu-central-1a'), /region'.*does not match/],
    ['the ARN of a bus', forwarder('eventBusName', 'arn:aws:events:x'), /eventBusName'.*not match/],
    ['an empty bus', forwarder('eventBusName', ''), /eventBusName'.*does not match/],
    ['an unknown source', credentials({ source: 'vault' }), /source'.*must be one of/],
    [
      'a role by name and ARN',
      credentials({ source: 'secret', roleName: 'a', roleArn: ROLE_ARN }),
      /properties 'roleArn' not allowed/,
    ],
    ['no role for IRSA', credentials({ source: 'irsa' }), /missing property 'roleArn'/],
    [
      'the name of a role for IRSA',
      credentials({ source: 'irsa', roleArn: ROLE_ARN, roleName: 'a' }),
      /properties 'roleName' not allowed/,
    ],
    [
      'a role for Pod Identity',
      credentials({ source: 'podIdentity', roleArn: ROLE_ARN }),
      /properties 'roleArn' not allowed/,
    ],
    [
      'the ARN of a session',
      credentials({ source: 'irsa', roleArn: 'arn:aws:sts::123456789012:assumed-role/a/b' }),
      /roleArn'.*does not match/,
    ],
    [
      'a role that cannot be part of the name of a Secret',
      credentials({ source: 'secret', roleName: 'Forwarder' }),
      /roleName'.*does not match/,
    ],
    [
      'a role with a long name',
      credentials({ source: 'secret', roleName: 'a'.repeat(65) }),
      /roleName'.*maxLength/,
    ],
    ['a namespace that is not a list', { namespaces: 'team' }, /namespaces'.*want array/],
    ['an invalid namespace', { namespaces: ['Team'] }, /namespaces\/0'.*not match/],
    [
      'an invalid excluded namespace',
      { excludedNamespaces: ['Team'] },
      /Namespaces\/0'.*not match/,
    ],
    ['namespaces of the forwarder', forwarder('namespaces', ['team']), /'namespaces' not/],
    ['an image without a tag', forwarder('image', 'node'), /image'.*does not match/],
    ['an unknown pull policy', forwarder('imagePullPolicy', 'Sometimes'), /imagePullPolicy'/],
    [
      'a pull secret that is not an object',
      forwarder('imagePullSecrets', ['x']),
      /imagePullSecrets\/0'/,
    ],
    ['a number as a string', forwarder('replicas', '2'), /replicas'.*want integer/],
    ['too many replicas', forwarder('replicas', 6), /replicas'.*maximum/],
    ['an unknown key of resources', forwarder('resources.request', {}), /'request' not allowed/],
    ['an invalid quantity', forwarder('resources.limits.memory', '128 MB'), /memory'/],
    ['an annotation that is not a string', forwarder('podAnnotations', { a: true }), /want string/],
    ['a label that is not a string', forwarder('nodeSelector', { a: 1 }), /want string/],
    ['a misspelt toleration', forwarder('tolerations', [{ efect: 'x' }]), /'efect' not allowed/],
    ['a misspelt affinity', forwarder('affinity', { podAfinity: {} }), /'podAfinity' not allowed/],
    [
      'a spread constraint with a label selector',
      forwarder('topologySpreadConstraints', [
        { maxSkew: 1, topologyKey: 'zone', whenUnsatisfiable: 'DoNotSchedule', labelSelector: {} },
      ]),
      /'labelSelector' not allowed/,
    ],
    [
      'a selector as peer of the metrics',
      forwarder('metricsFrom', [{ matchLabels: { app: 'prometheus' } }]),
      /'matchLabels' not allowed/,
    ],
    ['an empty peer of the metrics', forwarder('metricsFrom', [{}]), /metricsFrom\/0/],
    ['a role as subject', subject('Role', 'x'), /kind'.*must be one of/],
    ['a subject without a name', subject('User', ''), /name'.*does not match/],
    ['a subject with a newline', subject('User', 'a\nb'), /name'.*does not match/],
    ['everyone as subject', subject('Group', 'system:authenticated'), /name'.*'not' failed/],
    ['a namespace of a user', subject('User', 'x', 'team'), /namespace'/],
    ['a ServiceAccount without namespace', subject('ServiceAccount', 'x'), /property 'namespace'/],
    ['an invalid ServiceAccount', subject('ServiceAccount', 'X', 'team'), /name'.*not match/],
    ['an invalid namespace of it', subject('ServiceAccount', 'x', 'Team'), /space'.*not match/],
    [
      'the forwarder as subject',
      subject('ServiceAccount', 'kube-aws-iam-forwarder', 'kube-aws-iam'),
      /name'.*'not' failed/,
    ],
    ['rotation for a group', { 'refresher.rotatesLogin': true }, /subject'.*missing.*namespace/],
    [
      'rotation for another ServiceAccount',
      { ...subject('ServiceAccount', 'x', 'kube-aws-iam'), 'refresher.rotatesLogin': true },
      /name'.*must be 'kube-aws-iam-refresher'/,
    ],
    ['a string for rotatesLogin', { ...OWN, 'refresher.rotatesLogin': 'yes' }, /want boolean/],
    ['a string for injection.enabled', { 'injection.enabled': 'yes' }, /enabled'.*want boolean/],
    ['a misspelt value of injection', { 'injection.enable': true }, /'enable' not allowed/],
    ['a base without its `/`', injection(BASE.slice(0, -1)), /baseRoleArn'.*does not match/],
    ['a role as base', injection(`${BASE}orders`), /baseRoleArn'.*does not match/],
    ['a pattern as base', injection(`${BASE}*/`), /baseRoleArn'.*does not match/],
    ["a base with CEL's quote", injection(`${BASE}'/`), /baseRoleArn'.*does not match/],
    ['no account in the base', injection('arn:aws:iam:::role/'), /baseRoleArn'.*not match/],
  ])('reject %s', async (_, values, words) => {
    await expect(renderChart(values)).rejects.toThrow(words);
  });

  it.each([
    ['a tag', 'node:24'],
    ['a port and a path', 'registry.example:5000/mirror/node:24-alpine'],
    ['a digest', `node@sha256:${'a'.repeat(64)}`],
    ['a tag and a digest', `docker.io/library/node:24@sha256:${'a'.repeat(64)}`],
  ])('accept an image with %s', async (_, image) => {
    expect(JSON.stringify(await renderChart({ 'forwarder.image': image }))).toContain(image);
  });

  it('accept the same base role ARNs as the setting', async () => {
    const { pattern } = schema.properties.injection.properties.baseRoleArn;
    const { baseRoleArn } = clusterSettings.shape;
    for (const base of [
      BASE,
      `${BASE}team/`,
      `${BASE}a+b=c,d.e@f-g_h/i/`,
      'arn:aws-cn:iam::123456789012:role/',
      'arn:aws-iso-b:iam::123456789012:role/',
      BASE.slice(0, -1),
      `${BASE}a*/`,
      `${BASE}/`,
      'arn:aws:iam::12345678901:role/',
    ]) {
      expect([base, new RegExp(pattern).test(base)]).toEqual([
        base,
        baseRoleArn.safeParse(base).success,
      ]);
    }
  });

  it.each([
    ['a typical cluster', 'production', {}],
    ['the longest cluster name', 'a'.repeat(100), {}],
    ['capitals, `_` and `-`', 'My_Cluster-', {}],
    ['a role for IRSA', 'a', { forwarderCredentials: { source: 'irsa', roleArn: ROLE_ARN } }],
    ['Pod Identity', 'a', { forwarderCredentials: { source: 'podIdentity', roleArn: ROLE_ARN } }],
    ['namespaces', 'a', { namespaces: ['team'], excludedNamespaces: ['kube-system'] }],
    ['injection', 'a', { podInjection: true }],
    ['injection with a region', 'a', { podInjection: true, podInjectionRegion: true }],
    ['a token', 'a', { kind: 'kubernetes', kubernetes: { ...API, login: 'serviceAccount' } }],
    [
      'a certificate',
      'a',
      { kind: 'kubernetes', kubernetes: { ...API, login: 'clientCertificate' } },
    ],
    [
      'a user with quotes',
      'a',
      {
        kind: 'kubernetes',
        kubernetes: { login: 'kubeconfig', subject: { kind: 'User', name: `o'brien "x"\\` } },
      },
    ],
    ['a refresher in the cluster', 'a', { kind: 'kubernetes', runsIn: 'cluster' }],
  ])('are valid as the stack sets them: %s', async (_, clusterName, settings) => {
    const clusters = [{ clusterName, assumableRoles: ['app-*'], ...settings }];
    const [cluster] = readClusterSettings({ clusters });
    const values = setting({ ...(cluster && chartValues(cluster, 'ap-southeast-5', BASE)) });
    await expect(helm('template', 'x', madeChart(), ...values)).resolves.toContain('Deployment');
  });
});
