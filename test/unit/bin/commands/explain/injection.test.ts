import { describe, expect, it } from 'vitest';
import { explainInjection } from '../../../../../bin/commands/explain/explain-injection.ts';
import { concludeNamespace } from '../../../../../bin/commands/explain/explain-namespace.ts';
import {
  type InjectionVerdict,
  judgeInjection,
} from '../../../../../bin/commands/explain/judge-injection.ts';
import {
  type PodObject,
  podObject,
  readPods,
} from '../../../../../bin/commands/explain/pod-object.ts';
import type { KubernetesConnection } from '../../../../../kubernetes/kubernetes-connection.ts';
import { aNamespace, aPolicy, aView } from '../../../../support/builders/builders.ts';

const BASE = 'arn:aws:iam::123456789012:role/';
const WEB = { name: 'web' };

/** A pod with the annotation. */
function asking(role: string, spec: object = {}, metadata: object = {}): PodObject {
  return podObject.parse({
    metadata: {
      ...{ name: 'web', namespace: 'shop', uid: 'u' },
      annotations: { 'iam.amazonaws.com/role': role },
      ...metadata,
    },
    spec: { containers: [WEB], ...spec },
  });
}

const secretVolume = (name: string, secretName: string, rest: object = {}) => ({
  name,
  secret: { secretName, ...rest },
});
const mounted = { ...WEB, volumeMounts: [{ name: 'v', mountPath: '/meta//aws-iam/' }] };

// The integration test of the chart compares more verdicts with those of an API server.
describe('judgeInjection', () => {
  it.each<[string, PodObject, Partial<InjectionVerdict> | undefined]>([
    ['a name', asking('orders'), { kind: 'injected', secret: 'aws-iam-orders' }],
    ['an ARN', asking(`${BASE}orders`), { kind: 'injected', role: 'orders' }],
    ["kiam's slash", asking('/orders'), { kind: 'injected', role: 'orders' }],
    ['nothing', asking(''), undefined],
    ['upper case', asking('Orders'), { kind: 'rejected' }],
    ['a path', asking('team/orders'), { kind: 'rejected' }],
    ['another account', asking('arn:aws:iam::999999999999:role/a'), { kind: 'rejected' }],
    ['several roles', asking('orders,billing'), { kind: 'rejected' }],
    ['a long name', asking('a'.repeat(65)), { kind: 'rejected' }],
    ['a megabyte', asking('a'.repeat(1_000_000)), { kind: 'rejected' }],
    ['a Windows pod', asking('orders', { os: { name: 'windows' } }), { kind: 'rejected' }],
    [
      'Windows nodes',
      asking('orders', { nodeSelector: { 'kubernetes.io/os': 'windows' } }),
      { kind: 'rejected' },
    ],
    [
      'the name of the volume is taken',
      asking('orders', { volumes: [secretVolume('kube-aws-iam', 'aws-iam-billing')] }),
      { kind: 'rejected', message: 'it has another volume named kube-aws-iam; rename that' },
    ],
    [
      'the name of the second volume is taken',
      asking('orders', { volumes: [{ name: 'kube-aws-iam-config', emptyDir: {} }] }),
      { kind: 'rejected', message: 'it has another volume named kube-aws-iam-config; rename that' },
    ],
    [
      'the names are taken, but no volume is added',
      asking('orders', {
        containers: [mounted],
        volumes: [{ name: 'kube-aws-iam' }, { name: 'kube-aws-iam-config' }],
      }),
      { kind: 'injected' },
    ],
    [
      'the optional volume of the Secret, which has no second one',
      asking('orders', {
        volumes: [
          secretVolume('v', 'aws-iam-orders', { optional: true }),
          { name: 'kube-aws-iam-config' },
        ],
      }),
      { kind: 'injected' },
    ],
    ['kube-system', asking('orders', {}, { namespace: 'kube-system' }), { kind: 'untouched' }],
    ['our namespace', asking('orders', {}, { namespace: 'kube-aws-iam' }), { kind: 'untouched' }],
    [
      'a static pod',
      asking(
        'orders',
        {},
        { annotations: { 'iam.amazonaws.com/role': 'x', 'kubernetes.io/config.mirror': 'x' } },
      ),
      { kind: 'untouched' },
    ],
  ])('%s', (_, pod, verdict) => {
    if (verdict === undefined) expect(judgeInjection(pod, BASE)).toBeUndefined();
    else expect(judgeInjection(pod, BASE)).toMatchObject(verdict);
  });
});

describe('explainInjection', () => {
  const { namespaces } = aView({
    namespaces: [aNamespace('shop', { 'iam.amazonaws.com/allowed-roles': '["orders"]' })],
  });
  it.each([
    ['an allowed role', asking('orders'), { result: 'injected', secret: 'aws-iam-orders' }],
    [
      'a role that the namespace does not allow',
      asking('billing'),
      { result: 'waits', message: expect.stringContaining('billing') },
    ],
    [
      'a pod that has the Secret',
      asking('orders', {
        containers: [mounted],
        volumes: [secretVolume('v', 'aws-iam-orders')],
      }),
      { result: 'done' },
    ],
  ])('%s', (_, pod, expected) => {
    expect(explainInjection(pod, aPolicy(), namespaces)).toMatchObject(expected);
  });
});

describe('concludeNamespace', () => {
  const pod = (result: 'done' | 'injected' | 'waits' | 'rejected' | 'untouched') => ({
    ...{ pod: result, annotation: 'orders', result },
  });
  it.each([
    ['no pods', [], false, /^No pod of namespace shop has the annotation/, undefined],
    [
      'a rejected pod',
      [pod('injected'), pod('rejected')],
      false,
      /^1 of 2 pods/,
      /before you label/,
    ],
    ['a pod that would wait', [pod('waits')], true, /^1 of 1 pods/, /before you restart/],
    [
      'pods that can be injected',
      [pod('injected'), pod('done')],
      false,
      /^1 of 2 pods .* once the namespace has the label\.$/,
      /^kubectl label namespace shop kube-aws-iam\/inject=enabled; .*kube-aws-iam doctor --cluster stage/,
    ],
    ['only injected pods', [pod('done')], true, /^No pod .* has to be created again/, undefined],
  ])('%s', (_, pods, isInjected, conclusion, next) => {
    const concluded = concludeNamespace(
      { namespace: 'shop', isInjected, pods },
      { cluster: 'stage' },
    );
    expect(concluded.conclusion).toMatch(conclusion);
    if (next === undefined) expect(concluded.next).toBeUndefined();
    else expect(concluded.next).toMatch(next);
  });
});

it('readPods reads every page', async () => {
  const requests: string[] = [];
  const connection: Pick<KubernetesConnection, 'send'> = {
    async send({ path }) {
      requests.push(path);
      const isLast = path.includes('continue=more');
      const { metadata, spec } = asking(isLast ? 'billing' : 'orders');
      const page = { metadata: isLast ? {} : { continue: 'more' }, items: [{ metadata, spec }] };
      return { status: 200, headers: {}, body: Buffer.from(JSON.stringify(page)) };
    },
  };
  const pods = await readPods(
    connection as KubernetesConnection,
    'shop',
    AbortSignal.timeout(10_000),
  );
  expect(pods.map(({ metadata }) => metadata.annotations['iam.amazonaws.com/role'])).toEqual([
    'orders',
    'billing',
  ]);
  expect(requests).toHaveLength(2);
});
