import { z } from 'zod';
import { BUDGET } from '../../../contract/budgets.ts';
import type { KubernetesConnection } from '../../../kubernetes/kubernetes-connection.ts';
import { getObject } from '../../kubeconfig/get-object.ts';
import type { NamespacedName } from './not-found.ts';

const secretReference = z.object({ name: z.string().optional() }).nullish();
const container = z.object({
  name: z.string(),
  envFrom: z.array(z.object({ secretRef: secretReference })).nullish(),
  volumeMounts: z
    .array(z.object({ name: z.string(), mountPath: z.string(), subPath: z.string().optional() }))
    .default([]),
  env: z
    .array(
      z.object({
        name: z.string(),
        valueFrom: z.object({ secretKeyRef: secretReference }).nullish(),
      }),
    )
    .default([]),
});
const containers = z.array(container).default([]);
const secretVolume = z.object({
  secretName: z.string().optional(),
  optional: z.boolean().optional(),
  items: z.array(z.object({ key: z.string(), path: z.string() })).optional(),
});
const secretSource = z.object({ name: z.string().optional(), optional: z.boolean().optional() });

/** The schema of {@link PodObject}. */
export const podObject = z.object({
  metadata: z.object({
    name: z.string(),
    namespace: z.string(),
    uid: z.string(),
    deletionTimestamp: z.string().optional(),
    annotations: z.record(z.string(), z.string()).default({}),
    ownerReferences: z.array(z.object({ kind: z.string(), name: z.string() })).default([]),
  }),
  spec: z.object({
    os: z.object({ name: z.string() }).optional(),
    nodeSelector: z.record(z.string(), z.string()).optional(),
    containers,
    initContainers: containers,
    ephemeralContainers: containers,
    volumes: z
      .array(
        z.object({
          name: z.string(),
          secret: secretVolume.optional(),
          projected: z
            .object({ sources: z.array(z.object({ secret: secretSource.optional() })).nullish() })
            .optional(),
        }),
      )
      .default([]),
  }),
  status: z.object({ phase: z.string().default('Unknown') }).default({ phase: 'Unknown' }),
});

const podPage = z.object({
  metadata: z.object({ continue: z.string().default('') }).default({ continue: '' }),
  items: z.array(podObject),
});

/** The fields of a pod that explain its credentials. */
export type PodObject = z.output<typeof podObject>;

/** Reads a pod; undefined if it does not exist. */
export async function readPod(
  connection: KubernetesConnection,
  { namespace, name }: NamespacedName,
  signal: AbortSignal,
): Promise<PodObject | undefined> {
  const path = `/api/v1/namespaces/${encodeURIComponent(namespace)}/pods/${encodeURIComponent(name)}`;
  const found = await getObject(connection, path, signal);
  return found === undefined ? undefined : podObject.parse(found);
}

/** Whether the containers of a pod have ended for good. */
export function hasTerminated({ status }: PodObject): boolean {
  return status.phase === 'Succeeded' || status.phase === 'Failed';
}

/** Reads all pods of a namespace, in pages. */
export async function readPods(
  connection: KubernetesConnection,
  namespace: string,
  signal: AbortSignal,
): Promise<readonly PodObject[]> {
  const pods: PodObject[] = [];
  const query = new URLSearchParams({ limit: String(BUDGET.pageObjects) });
  for (;;) {
    const path = `/api/v1/namespaces/${encodeURIComponent(namespace)}/pods?${query}`;
    const { items, metadata } = podPage.parse(await getObject(connection, path, signal));
    pods.push(...items);
    if (metadata.continue === '') return pods;
    query.set('continue', metadata.continue);
  }
}

/** Returns the Secrets that the containers of a pod use as environment variables. */
export function environmentSecrets({ spec }: PodObject): readonly string[] {
  const all = [...spec.initContainers, ...spec.containers, ...spec.ephemeralContainers];
  const names = all.flatMap(({ env, envFrom }) => [
    ...env.map(({ valueFrom }) => valueFrom?.secretKeyRef?.name),
    ...(envFrom ?? []).map(({ secretRef }) => secretRef?.name),
  ]);
  return names.filter((name) => name !== undefined);
}

/** A Secret in a volume of a pod, and where the volume is mounted. */
export interface SecretMount {
  readonly secret: string;
  readonly volume: string;
  /** Whether the pod starts without the Secret. */
  readonly isOptional: boolean;
  /** The mounts of the volume, e.g. `web:/meta/aws-iam`; empty when no container mounts it. */
  readonly places: readonly string[];
  /** Whether a mount uses `subPath`. Kubernetes does not update such files. */
  readonly hasSubPath: boolean;
}

/** Returns the Secrets in the volumes of a pod, in the order of the volumes. */
export function secretMounts({ spec }: PodObject): readonly SecretMount[] {
  const all = [...spec.initContainers, ...spec.containers, ...spec.ephemeralContainers];
  const mountsOf = Map.groupBy(
    all.flatMap(({ name: container, volumeMounts }) =>
      volumeMounts.map((mount) => ({ ...mount, container })),
    ),
    ({ name }) => name,
  );
  return spec.volumes.flatMap((volume) => {
    const mounts = mountsOf.get(volume.name) ?? [];
    const places = mounts.map(({ container, mountPath }) => `${container}:${mountPath}`);
    const hasSubPath = mounts.some(({ subPath }) => subPath !== undefined);
    return secretsOf(volume).map(({ secret, isOptional }) => ({
      secret,
      volume: volume.name,
      isOptional,
      places,
      hasSubPath,
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
