import { z } from 'zod';
import { badRequest, conflict } from '../errors/api-error.ts';
import { namesInErrors, type ResourceDefinition } from '../kinds/resource-definition.ts';
import { parseBody } from '../requests/decode-object.ts';
import type { Store } from './store.ts';
import { type StoredObject, timestamp } from './stored-object.ts';
import {
  type ObjectTarget,
  removeWhenFinalized,
  requireObject,
  type WriteDeps,
} from './write-object.ts';

const DeleteOptions = z.object({
  kind: z.literal('DeleteOptions').optional(),
  gracePeriodSeconds: z.number().int().min(0).optional(),
  // Orphan and Foreground are not supported.
  propagationPolicy: z.literal('Background').optional(),
  preconditions: z
    .object({ uid: z.string().optional(), resourceVersion: z.string().optional() })
    .optional(),
});
/** Options of a deletion: grace period and preconditions. Dependents are always deleted in the background. */
export type DeleteOptions = z.infer<typeof DeleteOptions>;

/**
 * Reads the options of a deletion from its body or query.
 *
 * @throws ApiError 400 for a malformed body
 */
export function parseDeleteOptions(body: string, query: URLSearchParams): DeleteOptions {
  const seconds = query.get('gracePeriodSeconds');
  if (body === '') return seconds === null ? {} : { gracePeriodSeconds: Number(seconds) };
  const parsed = DeleteOptions.safeParse(
    parseBody(body, "couldn't get version/kind; json parse error"),
  );
  if (parsed.success) return parsed.data;
  throw badRequest(`invalid DeleteOptions: ${parsed.error.issues.map((i) => i.message).join()}`);
}

/**
 * Deletes an object, or marks it for deletion while it has a finalizer or a grace period.
 *
 * @returns the last state of the object
 * @throws ApiError 404 when it does not exist, 409 when a precondition fails
 */
export function deleteObject(
  { store, clock }: WriteDeps,
  target: ObjectTarget,
  options: DeleteOptions,
): StoredObject {
  const { definition } = target;
  const object = requireObject(store, target);
  assertPreconditions(definition, object, options);
  const { finalizers = [], deletionTimestamp, deletionGracePeriodSeconds = 0 } = object.metadata;
  const grace = definition.graceSecondsOf?.(object, options.gracePeriodSeconds);
  if (grace === undefined && finalizers.length === 0)
    return store.remove(definition.collection, object);
  const seconds = grace ?? 0;
  // A second deletion can only shorten the grace period of the first.
  if (deletionTimestamp && seconds >= deletionGracePeriodSeconds && seconds > 0) return object;
  const marked = markDeleted(store, target, object, clock.now(), seconds);
  return removeWhenFinalized(store, definition, marked);
}

/** Sets the deletion timestamp, which is the end of the grace period. */
function markDeleted(
  store: Store,
  { definition }: ObjectTarget,
  object: StoredObject,
  now: Date,
  graceSeconds: number,
): StoredObject {
  const { metadata } = object;
  if (metadata.deletionTimestamp && metadata.deletionGracePeriodSeconds === graceSeconds)
    return object;
  return store.put(definition.collection, {
    ...object,
    metadata: {
      ...metadata,
      ...(metadata.generation !== undefined && { generation: metadata.generation + 1 }),
      deletionTimestamp: timestamp(new Date(now.getTime() + graceSeconds * 1_000)),
      deletionGracePeriodSeconds: graceSeconds,
    },
  });
}

/** @throws ApiError 409 for another uid or `resourceVersion` */
export function assertPreconditions(
  definition: ResourceDefinition,
  { metadata }: StoredObject,
  { preconditions = {} }: DeleteOptions,
): void {
  const { uid, resourceVersion } = preconditions;
  if (uid !== undefined && uid !== metadata.uid)
    throw conflict(
      namesInErrors(definition).kind,
      metadata.name,
      `the UID in the precondition (${uid}) does not match the UID in record (${metadata.uid}). The object might have been deleted and then recreated`,
    );
  if (resourceVersion !== undefined && resourceVersion !== metadata.resourceVersion)
    throw conflict(
      namesInErrors(definition).kind,
      metadata.name,
      `the ResourceVersion in the precondition (${resourceVersion}) does not match the ResourceVersion in record (${metadata.resourceVersion}). The object might have been modified`,
    );
}
