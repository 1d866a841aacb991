import type { PodObject } from './pod-object.ts';

/** Where in a pod a Secret is mounted. */
export interface SecretMount {
  readonly secret: string;
  readonly volume: string;
  /** Whether the pod starts without it. */
  readonly isOptional: boolean;
  /** The mounts of the volume, such as `web:/meta/aws-iam`; empty when no container mounts it. */
  readonly places: readonly string[];
  /** Whether a mount is of a single file, which is never updated. */
  readonly hasSubPath: boolean;
}

/** Every Secret that a pod mounts, in the order of its volumes. */
export function secretMounts({ spec }: PodObject): readonly SecretMount[] {
  const all = [...spec.initContainers, ...spec.containers, ...spec.ephemeralContainers];
  return spec.volumes.flatMap((volume) => {
    const mounts = all.flatMap(({ name, volumeMounts }) =>
      volumeMounts
        .filter((mount) => mount.name === volume.name)
        .map((mount) => ({ ...mount, container: name })),
    );
    return secretsOf(volume).map(({ secret, isOptional }) => ({
      secret,
      volume: volume.name,
      isOptional,
      places: mounts.map(({ container, mountPath }) => `${container}:${mountPath}`),
      hasSubPath: mounts.some(({ subPath }) => subPath !== undefined),
    }));
  });
}

function secretsOf({ secret, projected }: PodObject['spec']['volumes'][number]) {
  const sources = (projected?.sources ?? []).map((source) => source.secret);
  const named = [
    { name: secret?.secretName, optional: secret?.optional },
    ...sources.map((source) => ({ name: source?.name, optional: source?.optional })),
  ];
  return named.flatMap(({ name, optional }) =>
    name === undefined ? [] : [{ secret: name, isOptional: optional === true }],
  );
}
