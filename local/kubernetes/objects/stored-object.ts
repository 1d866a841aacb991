import { z } from 'zod';

const OwnerReference = z.object({
  apiVersion: z.string().default(''),
  kind: z.string().default(''),
  name: z.string().default(''),
  uid: z.string().default(''),
  controller: z.boolean().optional(),
  blockOwnerDeletion: z.boolean().optional(),
});
/** A reference to the owner of an object, in the same namespace or cluster-scoped. */
export type OwnerReference = z.infer<typeof OwnerReference>;

/** The `metadata` that a client can send. Unknown fields are dropped, like in the API server. */
export const SentMetadata = z.object({
  name: z.string().default(''),
  generateName: z.string().optional(),
  namespace: z.string().optional(),
  uid: z.string().optional(),
  resourceVersion: z.string().optional(),
  generation: z.number().optional(),
  labels: z.record(z.string(), z.string()).optional(),
  annotations: z.record(z.string(), z.string()).optional(),
  ownerReferences: z.array(OwnerReference).optional(),
  finalizers: z.array(z.string()).optional(),
});

/** An object that a client sent. */
export interface SentObject {
  readonly metadata: z.infer<typeof SentMetadata>;
}

/** The `metadata` of a stored object. */
export interface StoredMetadata extends z.infer<typeof SentMetadata> {
  readonly uid: string;
  readonly resourceVersion: string;
  readonly creationTimestamp: string;
  readonly deletionTimestamp?: string;
  readonly deletionGracePeriodSeconds?: number;
}

/** A stored object, which is immutable. Its `kind` and `apiVersion` are added when it is rendered. */
export interface StoredObject {
  readonly metadata: StoredMetadata;
}

/** Formats an instant like the API server: whole seconds, UTC. */
export function timestamp(instant: Date): string {
  return instant.toISOString().replace(/\.\d+Z$/, 'Z');
}
