import { z } from 'zod';
import { badRequest, conflict } from '../errors/api-error.ts';
import { parseBody } from '../requests/decode-object.ts';
import { removeWhenFinalized } from '../finalize-object.ts';
import { namesOfKind } from '../names-of-kind.ts';
import type { ResourceDefinition } from '../kinds/resource-definition.ts';
import type { Store } from './store.ts';
import { type StoredObject, timestamp } from './stored-object.ts';
import { requireObject, type ObjectTarget, type WriteDeps } from './write-object.ts';

const DeleteOptions = z.object({
  kind: z.literal('DeleteOptions').optional(),
  gracePeriodSeconds: z.number().int().min(0).optional(),
  // To leave what is owned as orphans, or to wait for it, is not known here.
  propagationPolicy: z.literal('Background').optional(),
  preconditions: z
    .object({ uid: z.string().optional(), resourceVersion: z.string().optional() })
    .optional(),
});
/** What a deletion is told: how long to wait, and which object exactly is meant. What the object owns goes afterwards. */
export type DeleteOptions = z.infer<typeof DeleteOptions>;

/**
 * The options of a deletion, from its body or its query.
 *
 * @throws ApiError 400 when the body cannot be read
 */
export function parseDeleteOptions(body: string, query: URLSearchParams): DeleteOptions {
  const seconds = query.get('gracePeriodSeconds');
  if (body === '') return seconds === null ? {} : { gracePeriodSeconds: Number(seconds) };
  const parsed = DeleteOptions.safeParse(
    parseBody(body, "couldn't get version/kind; json parse error"),
  );
  if (parsed.success) return parsed.data;
  throw badRequest(
    `these are no DeleteOptions: ${parsed.error.issues.map((i) => i.message).join()}`,
  );
}

/**
 * Removes an object, or marks it as to be removed while a finalizer or a running pod holds it.
 *
 * @returns the object as it was last
 * @throws ApiError 404 when there is none, 409 when a precondition names another
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
  // A second deletion may shorten the wait of the first and does nothing else.
  if (deletionTimestamp && seconds >= deletionGracePeriodSeconds && seconds > 0) return object;
  const marked = markDeleted(store, target, object, clock.now(), seconds);
  return removeWhenFinalized(store, definition, marked);
}

/** Writes into an object that it is to be deleted, and when whoever runs it shall be done. */
export function markDeleted(
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

/** @throws ApiError 409 when the object is not the one that is meant */
export function assertPreconditions(
  definition: ResourceDefinition,
  { metadata }: StoredObject,
  { preconditions = {} }: DeleteOptions,
): void {
  const { uid, resourceVersion } = preconditions;
  if (uid !== undefined && uid !== metadata.uid)
    throw conflict(
      namesOfKind(definition).kind,
      metadata.name,
      `the UID in the precondition (${uid}) does not match the UID in record (${metadata.uid}). The object might have been deleted and then recreated`,
    );
  if (resourceVersion !== undefined && resourceVersion !== metadata.resourceVersion)
    throw conflict(
      namesOfKind(definition).kind,
      metadata.name,
      `the ResourceVersion in the precondition (${resourceVersion}) does not match the ResourceVersion in record (${metadata.resourceVersion}). The object might have been modified`,
    );
}
