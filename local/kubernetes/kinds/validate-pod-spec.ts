import {
  duplicate,
  type FieldError,
  fieldNotFound,
  invalidValue,
  required,
} from '../errors/field-error.ts';
import { dnsLabel } from '../objects/name-rules.ts';
import type { Container, PodSpec, Volume } from './pod-spec.ts';

/** Validates names, images, Secret volumes and volume mounts of a pod. */
export function validatePodSpec({
  volumes = [],
  initContainers,
  containers,
}: PodSpec): FieldError[] {
  const volumeNames = new Set(volumes.map((volume) => volume.name));
  return [
    ...validateVolumes(volumes),
    ...(containers.length === 0 ? [required('spec.containers')] : []),
    ...validateContainers('spec.containers', containers, volumeNames),
    ...validateContainers('spec.initContainers', initContainers ?? [], volumeNames),
  ];
}

function validateVolumes(volumes: readonly Volume[]): FieldError[] {
  return volumes.flatMap(({ name, secret }, index) => {
    const field = `spec.volumes[${index}]`;
    return [
      ...(secret && !secret.secretName ? [required(`${field}.secret.secretName`)] : []),
      ...validateName(`${field}.name`, name, namesBefore(volumes, index)),
    ];
  });
}

function validateContainers(
  field: string,
  containers: readonly Container[],
  volumeNames: ReadonlySet<string>,
): FieldError[] {
  return containers.flatMap(({ name, image, volumeMounts = [] }, index) => [
    ...validateName(`${field}[${index}].name`, name, namesBefore(containers, index)),
    ...(image ? [] : [required(`${field}[${index}].image`)]),
    ...volumeMounts.flatMap((mount, at) =>
      validateMount(`${field}[${index}].volumeMounts[${at}]`, mount, volumeNames),
    ),
  ]);
}

function validateMount(
  field: string,
  { name, mountPath }: { readonly name: string; readonly mountPath: string },
  volumeNames: ReadonlySet<string>,
): FieldError[] {
  return [
    ...(name
      ? volumeNames.has(name)
        ? []
        : [fieldNotFound(`${field}.name`, name)]
      : [required(`${field}.name`)]),
    ...(mountPath ? [] : [required(`${field}.mountPath`)]),
  ];
}

function validateName(field: string, name: string, taken: ReadonlySet<string>): FieldError[] {
  if (!name) return [required(field)];
  if (taken.has(name)) return [duplicate(field, name)];
  return dnsLabel(name).map((message) => invalidValue(field, name, message));
}

function namesBefore(list: readonly { readonly name: string }[], index: number): Set<string> {
  return new Set(list.slice(0, index).map(({ name }) => name));
}
