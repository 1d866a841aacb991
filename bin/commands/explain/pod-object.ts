import { z } from 'zod';
import type { KubernetesConnection } from '../../../kubernetes/kubernetes-connection.ts';
import { getObject } from '../../kubeconfig/get-object.ts';

const container = z.object({
  name: z.string(),
  volumeMounts: z
    .array(z.object({ name: z.string(), mountPath: z.string(), subPath: z.string().optional() }))
    .default([]),
});
const containers = z.array(container).default([]);
const secretVolume = z.object({
  secretName: z.string().optional(),
  optional: z.boolean().optional(),
});
const secretSource = z.object({ name: z.string().optional(), optional: z.boolean().optional() });

/** What is read of a pod to explain it. */
const podObject = z.object({
  metadata: z.object({
    name: z.string(),
    namespace: z.string(),
    uid: z.string(),
    deletionTimestamp: z.string().optional(),
    annotations: z.record(z.string(), z.string()).default({}),
  }),
  spec: z.object({
    nodeName: z.string().optional(),
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
export type PodObject = z.output<typeof podObject>;

/** Reads a pod; undefined when there is none of that name. */
export async function readPod(
  connection: KubernetesConnection,
  { namespace, name }: { readonly namespace: string; readonly name: string },
  signal: AbortSignal,
): Promise<PodObject | undefined> {
  const path = `/api/v1/namespaces/${encodeURIComponent(namespace)}/pods/${encodeURIComponent(name)}`;
  const found = await getObject(connection, path, signal);
  return found === undefined ? undefined : podObject.parse(found);
}
