import { describe, expect, it } from 'vitest';
import type { ApiObject, PodContainer } from '../../../../kubernetes/lists/api-object.ts';
import { type ObservedPod, observedPod } from '../../../../lambda/observe/pods.ts';

const NAME = 'aws-iam-orders';

function observed(
  spec: ApiObject['spec'] & object,
  phase = 'Pending',
): Partial<ObservedPod> | undefined {
  const metadata = { namespace: 'shop', name: 'web', uid: 'u' };
  const pod = observedPod({ metadata, spec, status: { phase } });
  if (pod === undefined) return undefined;
  const { namespace: _, name: __, uid: ___, isPending: ____, ...rest } = pod;
  return rest;
}

const key = (name: string, optional?: boolean): PodContainer => ({
  env: [{ valueFrom: { secretKeyRef: { name, ...(optional && { optional }) } } }],
});
const all = (name: string, optional?: boolean): PodContainer => ({
  envFrom: [{ secretRef: { name, ...(optional && { optional }) } }],
});
const volumes = [{ secret: { secretName: NAME } }];

describe('environment variables', () => {
  it.each<[string, ApiObject['spec'] & object, readonly string[] | undefined]>([
    ['of a key', { containers: [key(NAME)] }, [NAME]],
    ['of all keys', { containers: [all(NAME)] }, [NAME]],
    ['of an init container', { initContainers: [key(NAME)] }, [NAME]],
    ['of an ephemeral container', { ephemeralContainers: [all(NAME)] }, [NAME]],
    ['twice', { containers: [key(NAME), all(NAME), key('aws-iam-a')] }, [NAME, 'aws-iam-a']],
    ['of a Secret that is mounted too', { containers: [key(NAME)], volumes }, undefined],
    ['of a Secret and another mount', { containers: [key('aws-iam-a')], volumes }, ['aws-iam-a']],
  ])('%s', (_, spec, environmentNames) => {
    expect(observed(spec)?.environmentNames).toEqual(environmentNames);
  });

  it.each<[string, ApiObject['spec'] & object]>([
    ['other Secrets', { containers: [key('db'), all('db')] }],
    ['nothing', { containers: [{}, { env: [], envFrom: [] }] }],
    ['values and other sources', { containers: [{ env: [{}, { valueFrom: {} }], envFrom: [{}] }] }],
    ['a reference without a name', { containers: [{ envFrom: [{ secretRef: {} }] }] }],
  ])('of %s are ignored, with the pod', (_, spec) => {
    expect(observed(spec)).toBeUndefined();
  });
});

describe('what a pod has started with', () => {
  const optionalVolume = [{ secret: { secretName: NAME, optional: true } }];
  const projected = (optional: boolean) => [
    { projected: { sources: [{ secret: { name: NAME, optional } }] } },
  ];
  it.each<[string, string, ApiObject['spec'] & object, readonly string[] | undefined]>([
    ['a volume', 'Running', { volumes }, [NAME]],
    ['a projected volume', 'Running', { volumes: projected(false) }, [NAME]],
    ['a variable', 'Running', { containers: [key(NAME)] }, [NAME]],
    ['an optional volume', 'Running', { volumes: optionalVolume }, undefined],
    ['an optional projected volume', 'Running', { volumes: projected(true) }, undefined],
    ['an optional variable', 'Running', { containers: [all(NAME, true)] }, undefined],
    ['a later container', 'Running', { ephemeralContainers: [key(NAME)] }, undefined],
    ['both', 'Running', { volumes: [...optionalVolume, ...volumes] }, [NAME]],
    ['another name', 'Running', { volumes: [{ secret: { secretName: 'tls' } }] }, undefined],
    ['nothing yet', 'Pending', { volumes, containers: [key(NAME)] }, undefined],
    ['an unknown phase', 'Unknown', { volumes }, undefined],
  ])('%s of phase %s', (_, phase, spec, provenNames) => {
    expect(observed(spec, phase)?.provenNames).toEqual(provenNames);
  });
});

it.each([
  [undefined, undefined],
  [[], undefined],
  [[{ name: 'example.com/quota' }], true],
])('scheduling gates %j', (schedulingGates, isGated) => {
  expect(observed({ volumes, ...(schedulingGates && { schedulingGates }) })?.isGated).toBe(isGated);
});

it('reads a pod with 50,000 environment variables quickly', () => {
  const env = Array.from({ length: 50_000 }, (_, i) => ({
    valueFrom: { secretKeyRef: { name: `aws-iam-${i % 10}` } },
  }));
  expect(observed({ containers: [{ env }] })?.environmentNames).toHaveLength(10);
});

describe('annotations of kube2iam and kiam', () => {
  it.each([
    [{ 'iam.amazonaws.com/external-id': 'x' }, ['iam.amazonaws.com/external-id']],
    [
      { 'iam.amazonaws.com/session-name': '', 'iam.amazonaws.com/external-id': 'x' },
      ['iam.amazonaws.com/external-id', 'iam.amazonaws.com/session-name'],
    ],
    [{ 'iam.amazonaws.com/role': 'orders' }, undefined],
    [{}, undefined],
    [undefined, undefined],
  ])('of which two have no effect: %j', (annotations, ignored) => {
    const metadata = {
      namespace: 'shop',
      name: 'web',
      uid: 'u',
      ...(annotations && { annotations }),
    };
    expect(observedPod({ metadata, spec: { volumes } })?.ignoredAnnotations).toEqual(ignored);
  });
});
