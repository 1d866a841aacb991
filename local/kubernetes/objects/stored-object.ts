import { z } from 'zod';

const OwnerReference = z.object({
  apiVersion: z.string().default(''),
  kind: z.string().default(''),
  name: z.string().default(''),
  uid: z.string().default(''),
  controller: z.boolean().optional(),
  blockOwnerDeletion: z.boolean().optional(),
});
/** Who owns an object: in its namespace, or in none. */
export type OwnerReference = z.infer<typeof OwnerReference>;

/** What a client may send as `metadata`. Fields that are not here are dropped, as the API server drops unknown ones. */
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

/** An object on its way into the store. */
export interface SentObject {
  readonly metadata: z.infer<typeof SentMetadata>;
}

/** `metadata` of an object that is in the store. */
export interface StoredMetadata extends z.infer<typeof SentMetadata> {
  readonly uid: string;
  readonly resourceVersion: string;
  readonly creationTimestamp: string;
  readonly deletionTimestamp?: string;
  readonly deletionGracePeriodSeconds?: number;
}

/** An object in the store. It is never changed, only replaced. `kind` and `apiVersion` are added where it is answered. */
export interface StoredObject {
  readonly metadata: StoredMetadata;
}

/** An instant as the API server writes it: whole seconds, UTC. */
export function timestamp(instant: Date): string {
  return instant.toISOString().replace(/\.\d+Z$/, 'Z');
}
