import { isDeepStrictEqual } from 'node:util';
import { z } from 'zod';
import { forbiddenField } from '../errors/field-error.ts';
import { dnsSubdomain } from '../objects/name-rules.ts';
import { SentMetadata } from '../objects/stored-object.ts';
import { PodSpec } from './pod-spec.ts';
import type { ResourceDefinition } from './resource-definition.ts';
import { validatePodSpec } from './validate-pod-spec.ts';

const Pod = z.object({
  metadata: SentMetadata,
  spec: PodSpec.prefault({}),
  status: z.looseObject({ phase: z.string().optional() }).default({}),
});
/** A pod. Fields of the spec that do not concern volumes are kept without validation. */
export type Pod = z.infer<typeof Pod>;

const UPDATE_FORBIDDEN =
  'pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)';

const withoutImages = ({ containers, initContainers, ...spec }: Pod['spec']) => ({
  ...spec,
  activeDeadlineSeconds: undefined,
  tolerations: undefined,
  schedulingGates: undefined,
  containers: containers.map((container) => ({ ...container, image: '' })),
  initContainers: initContainers?.map((container) => ({ ...container, image: '' })),
});

function prepareUpdate(pod: Pod, old: Pod, subresource: string | undefined): Pod {
  if (subresource === 'status') return { ...pod, spec: old.spec };
  if (subresource === 'binding') return pod;
  const hasChanged = !isDeepStrictEqual(pod.spec, old.spec);
  const generation = (old.metadata.generation ?? 0) + (hasChanged ? 1 : 0);
  return { ...pod, metadata: { ...pod.metadata, generation }, status: old.status };
}

const GateNames = z.array(z.object({ name: z.string() })).nullish();

function gatesOf({ spec }: Pod): readonly string[] {
  return (GateNames.parse(spec['schedulingGates']) ?? []).map(({ name }) => name);
}

/** As the API server sets it; the scheduler replaces it some time after the last gate has been removed. */
function gatedCondition(pod: Pod) {
  if (gatesOf(pod).length === 0) return {};
  const condition = { type: 'PodScheduled', status: 'False', reason: 'SchedulingGated' };
  const message = 'Scheduling is blocked due to non-empty scheduling gates';
  return { conditions: [{ ...condition, message }] };
}

/** Gates can be removed only. */
function validateGates(pod: Pod, old: Pod) {
  const known = gatesOf(old);
  const added = gatesOf(pod).filter((name) => !known.includes(name));
  return added.map((name) =>
    forbiddenField(
      'spec.schedulingGates',
      `only deletion is allowed, but found new scheduling gate '${name}'`,
    ),
  );
}

/** Pods, with the subresources `status` and `binding` only. */
export const PODS: ResourceDefinition<Pod> = {
  group: '',
  version: 'v1',
  kind: 'Pod',
  plural: 'pods',
  isNamespaced: true,
  collection: 'pods',
  subresources: ['status', 'binding'],
  nameRule: dnsSubdomain,
  fields: ['spec.nodeName', 'status.phase'],
  fieldsOf: (pod) => ({ 'spec.nodeName': pod.spec.nodeName, 'status.phase': pod.status.phase }),
  decode: (body) => Pod.parse(body),
  prepareCreate: (pod) => ({
    ...pod,
    metadata: { ...pod.metadata, generation: 1 },
    status: { phase: 'Pending', qosClass: 'BestEffort', ...gatedCondition(pod) },
  }),
  prepareUpdate,
  graceSecondsOf: ({ spec, status }, requested) =>
    !spec.nodeName || status.phase === 'Succeeded' || status.phase === 'Failed'
      ? 0
      : (requested ?? spec.terminationGracePeriodSeconds),
  validate: (pod) => validatePodSpec(pod.spec),
  validateUpdate(pod, old, subresource) {
    if (subresource) return [];
    const isAllowed = isDeepStrictEqual(withoutImages(pod.spec), withoutImages(old.spec));
    return [
      ...(isAllowed ? [] : [forbiddenField('spec', UPDATE_FORBIDDEN)]),
      ...validateGates(pod, old),
    ];
  },
};
