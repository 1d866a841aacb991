import fc from 'fast-check';
import protobuf from 'protobufjs/minimal.js';
import { describe, expect, it } from 'vitest';
import { BUDGET } from '../../../../contract/budgets.ts';
import { type ApiObject, isCompleteIn } from '../../../../kubernetes/lists/api-object.ts';
import { decodeProtobufList } from '../../../../kubernetes/lists/parse-list.ts';
import { PROTOBUF } from '../../../../kubernetes/lists/protobuf.ts';
import { listPods } from '../../../../lambda/observe/pods.ts';
import { EVERYWHERE } from '../../../support/builders/builders.ts';
import { type Answer, FOREVER, fakeConnection } from '../../kubernetes/fake-connection.ts';

const MANY = 20_000;
const INPUT = { phase: 'live', scope: EVERYWHERE, signal: FOREVER } as const;

type Field = readonly [number, Uint8Array | string];

/** A message of length-delimited fields: number and content. */
function message(...fields: readonly Field[]): Buffer {
  const writer = protobuf.Writer.create();
  for (const [number, content] of fields) {
    writer.uint32((number << 3) | 2).bytes(Buffer.from(content));
  }
  return Buffer.from(writer.finish());
}

function times<T>(count: number, create: (index: number) => T): T[] {
  return Array.from({ length: count }, (_, index) => create(index));
}

type Spec = NonNullable<ApiObject['spec']>;

/** A pod in the two forms in which an API server sends it. */
interface Shape {
  readonly json: Spec;
  readonly protobuf: readonly Field[];
}

const reference = (name: string) => message([1, message([1, name])]);
const secretVolume = (name: string): Field => [
  1,
  message([1, 'v'], [2, message([6, message([1, name])])]),
];
const projectedVolume = (names: readonly string[]): Field => {
  const sources = names.map((name): Field => [1, message([1, reference(name)])]);
  return [1, message([1, 'v'], [2, message([26, message(...sources)])])];
};
const variable = (name: string): Field => [
  7,
  message([1, 'V'], [3, message([4, reference(name)])]),
];
const environment = (name: string): Field => [19, message([3, reference(name)])];

const volumes = (names: readonly string[]): Shape => ({
  json: { volumes: names.map((secretName) => ({ secret: { secretName } })) },
  protobuf: names.map(secretVolume),
});
const projected = (names: readonly string[]): Shape => ({
  json: { volumes: [{ projected: { sources: names.map((name) => ({ secret: { name } })) } }] },
  protobuf: [projectedVolume(names)],
});
const variables =
  (kind: 'containers' | 'initContainers') =>
  (names: readonly string[]): Shape => ({
    json: {
      [kind]: [{ env: names.map((name) => ({ valueFrom: { secretKeyRef: { name } } })) }],
    },
    protobuf: [[kind === 'containers' ? 2 : 20, message(...names.map(variable))]],
  });
const ephemeral = (names: readonly string[]): Shape => ({
  json: { ephemeralContainers: [{ envFrom: names.map((name) => ({ secretRef: { name } })) }] },
  protobuf: [[34, message([1, message(...names.map(environment))])]],
});
const manyContainers = (names: readonly string[]): Shape => ({
  json: { containers: names.map((name) => ({ envFrom: [{ secretRef: { name } }] })) },
  protobuf: names.map((name): Field => [2, message(environment(name))]),
});

const metadata = (name: string) => message([1, name], [3, 'shop'], [5, `uid-of-${name}`]);

function protobufList(pods: readonly (readonly Field[])[]): Answer {
  const items = pods.map(
    (spec, i): Field => [
      2,
      message([1, metadata(`pod-${i}`)], [2, message(...spec)], [3, message([1, 'Running'])]),
    ],
  );
  const list = message([1, ''], ...items);
  const envelope = message([1, message([1, 'v1'], [2, 'PodList'])], [2, list]);
  const body = Buffer.concat([Buffer.from('k8s\0'), envelope]);
  return { headers: { 'content-type': PROTOBUF }, body };
}

function jsonList(pods: readonly Spec[]): Answer {
  const items = pods.map((spec, i) => ({
    metadata: { name: `pod-${i}`, namespace: 'shop', uid: `uid-of-pod-${i}` },
    spec,
    status: { phase: 'Running' },
  }));
  return { body: { kind: 'PodList', metadata: {}, items } };
}

const listed = (answer: Answer) =>
  listPods(
    fakeConnection(() => answer),
    INPUT,
  );

const forms = {
  json: (...shapes: readonly Shape[]) => listed(jsonList(shapes.map(({ json }) => json))),
  protobuf: (...shapes: readonly Shape[]) =>
    listed(protobufList(shapes.map((shape) => shape.protobuf))),
};

const ours = times(MANY, (i) => `aws-iam-${i}`);
const others = times(MANY, (i) => `tls-${i}`);
const LIMIT = BUDGET.secretNamesPerPod;

describe.each(['protobuf', 'json'] as const)('a pod in %s', (form) => {
  const list = forms[form];

  it.each<[string, Shape, 'secretNames' | 'otherSecretNames' | 'environmentNames']>([
    ['20,000 sources of a projected volume', projected(ours), 'secretNames'],
    ['20,000 volumes', volumes(ours), 'secretNames'],
    ['20,000 other volumes', volumes(others), 'otherSecretNames'],
    ['20,000 variables', variables('containers')(ours), 'environmentNames'],
    [
      '20,000 variables of an init container',
      variables('initContainers')(ours),
      'environmentNames',
    ],
    ['20,000 variables of an ephemeral container', ephemeral(ours), 'environmentNames'],
    ['20,000 containers', manyContainers(ours), 'environmentNames'],
  ])('with %s keeps the first names and the number of the others', async (_, shape, kept) => {
    const { items, overBudget, cutIn } = await list(shape);
    const [pod] = items;
    const names = pod?.[kept] ?? [];
    expect(names).toHaveLength(LIMIT);
    expect(names[0]).toMatch(/-0$/);
    // A container or volume counts as well as what is in it.
    expect((pod?.cutNames ?? 0) + LIMIT).toBeGreaterThan(MANY * 0.9);
    expect((pod?.cutNames ?? 0) + LIMIT).toBeLessThanOrEqual(MANY);
    expect(pod?.provenNames?.length ?? 0).toBeLessThanOrEqual(LIMIT);
    expect(overBudget?.[0]).toMatchObject({
      ...{ namespace: 'shop', resource: 'pods', budget: 'secretNamesPerPod' },
      value: (pod?.cutNames ?? 0) + LIMIT,
    });
    expect([...(cutIn ?? [])]).toEqual(['shop']);
  });

  it.each<[string, Shape, readonly string[]]>([
    ['as many names as it may have', projected(ours.slice(0, LIMIT)), ours.slice(0, LIMIT)],
    ['the same name 1,000 times', volumes(times(1_000, () => 'aws-iam-a')), ['aws-iam-a']],
  ])('with %s is not cut', async (_, shape, names) => {
    const { items, overBudget } = await list(shape);
    expect(items[0]?.secretNames).toEqual(names);
    expect(items[0]?.cutNames).toBeUndefined();
    expect(overBudget).toBeUndefined();
  });

  it.each([
    ['a megabyte', `aws-iam-${'x'.repeat(1_400_000)}`],
    ['emoji', `aws-iam-${'🎉'.repeat(300_000)}`],
    ['254 characters', `aws-iam-${'x'.repeat(246)}`],
  ])('with a name of %s keeps the beginning, which is no name', async (_, name) => {
    const { items } = await list(projected([name, 'aws-iam-a']), volumes([name]));
    for (const { secretNames } of items) {
      expect(secretNames[0]?.length).toBeGreaterThan(100);
      expect(secretNames[0]?.length).toBeLessThanOrEqual(254);
    }
    expect(items[0]?.secretNames).toHaveLength(2);
    expect(items[0]?.cutNames).toBeUndefined();
  });

  it('with a name of 253 characters keeps it', async () => {
    const name = `aws-iam-${'x'.repeat(245)}`;
    const { items } = await list(projected([name]));
    expect(items[0]?.secretNames).toEqual([name]);
  });

  it('with other names of a megabyte each is not kept', async () => {
    const { items } = await list(volumes([`tls-${'x'.repeat(1_000_000)}`]), volumes(['aws-iam-a']));
    const kept = JSON.stringify(items);
    expect(kept.length).toBeLessThan(1_000);
  });

  it('shares the names of a namespace with the other pods, up to a limit', async () => {
    const perPod = LIMIT;
    const count = BUDGET.secretNamesPerNamespace / perPod;
    const distinct = times(count + 5, (pod) =>
      projected(times(perPod, (i) => `aws-iam-${pod}-${i}`)),
    );
    const { items, overBudget, cutIn } = await list(
      ...distinct,
      ...times(3, () => projected(['aws-iam-0-0'])),
    );
    const names = new Set(items.flatMap(({ secretNames }) => secretNames));
    expect(names.size).toBe(BUDGET.secretNamesPerNamespace);
    expect(items.filter(({ cutNames }) => cutNames === perPod)).toHaveLength(5);
    expect(items.slice(-3).map(({ cutNames }) => cutNames)).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
    expect(overBudget?.map(({ budget }) => budget)).toEqual(['secretNamesPerNamespace']);
    expect([...(cutIn ?? [])]).toEqual(['shop']);
  });
});

it('a pod is the same from protobuf and from JSON, whatever its names', async () => {
  const name = fc.oneof(
    fc.constantFrom('aws-iam-a', 'aws-iam-b', 'tls', 'xaws-iam-', 'aws-iam-'),
    fc.string({ minLength: 1, unit: 'grapheme', maxLength: 60 }),
    fc.nat(400).map((length) => `aws-iam-${'x'.repeat(length)}`),
    fc.nat(300).map((length) => `tls-${'x'.repeat(length)}`),
  );
  const kinds = [volumes, projected, variables('containers'), ephemeral, manyContainers];
  const shape = fc
    .tuple(fc.constantFrom(...kinds), fc.array(name, { maxLength: 8 }), fc.nat(400))
    .map(([create, names, more]) => create([...names, ...ours.slice(0, more)]));
  await fc.assert(
    fc.asyncProperty(fc.array(shape, { minLength: 1, maxLength: 3 }), async (shapes) => {
      const [json, decoded] = await Promise.all([forms.json(...shapes), forms.protobuf(...shapes)]);
      expect(decoded.items).toEqual(json.items);
    }),
    { numRuns: 100 },
  );
});

it('a page of large pods is complete elsewhere', async () => {
  const items = [
    { metadata: { name: 'big', namespace: 'a', uid: 'u1' }, spec: projected(ours).json },
    { metadata: { name: 'web', namespace: 'b', uid: 'u2' }, spec: projected(['aws-iam-x']).json },
  ];
  const listing = await listed({ body: { kind: 'PodList', items } });
  expect(['a', 'b'].map((namespace) => isCompleteIn(listing, namespace))).toEqual([false, true]);
});

it('protobuf of a large pod decodes to a bounded number of objects', () => {
  const { body } = protobufList([projected(ours).protobuf, volumes(others).protobuf]);
  const text = JSON.stringify(decodeProtobufList(body as Buffer, 'PodList'));
  expect(text.match(/\{/g)?.length).toBeLessThan(4 * 2 * BUDGET.secretReferencesPerPod);
});
