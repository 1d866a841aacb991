import type { Representation } from './content-negotiation.ts';
import type { ObjectPage } from '../queries/list-objects.ts';
import { apiVersionOf, type ResourceDefinition } from '../kinds/resource-definition.ts';
import type { StoredObject } from '../objects/stored-object.ts';
import type { WatchEvent } from '../queries/watch-objects.ts';

const META = 'meta.k8s.io/v1';

/** An object as it is answered. */
export function renderObject(
  definition: ResourceDefinition,
  object: StoredObject,
  representation: Representation = 'object',
): object {
  return representation === 'metadata'
    ? { kind: 'PartialObjectMetadata', apiVersion: META, metadata: object.metadata }
    : {
        kind: definition.kind,
        apiVersion: apiVersionOf(definition),
        ...definition.encode(object),
      };
}

/** A page of a list as it is answered. Its items do not repeat their kind, but those that are metadata or custom do. */
export function renderPage(
  definition: ResourceDefinition,
  { metadata, objects }: ObjectPage,
  representation: Representation,
): object {
  return representation === 'metadata'
    ? {
        kind: 'PartialObjectMetadataList',
        apiVersion: META,
        metadata,
        items: objects.map((object) => renderObject(definition, object, representation)),
      }
    : {
        kind: `${definition.kind}List`,
        apiVersion: apiVersionOf(definition),
        metadata,
        items: objects.map((object) =>
          definition.isCustom ? renderObject(definition, object) : definition.encode(object),
        ),
      };
}

/** An event of a watch as it is answered. */
export function renderWatchEvent(
  definition: ResourceDefinition,
  event: WatchEvent,
  representation: Representation,
): object {
  if (event.type === 'ERROR') return { type: 'ERROR', object: event.status };
  if (event.type !== 'BOOKMARK')
    return { type: event.type, object: renderObject(definition, event.object, representation) };
  const annotations = event.isInitialEnd && {
    annotations: { 'k8s.io/initial-events-end': 'true' },
  };
  const isMetadata = representation === 'metadata';
  return {
    type: 'BOOKMARK',
    object: {
      kind: isMetadata ? 'PartialObjectMetadata' : definition.kind,
      apiVersion: isMetadata ? META : apiVersionOf(definition),
      metadata: { resourceVersion: event.resourceVersion, ...annotations },
    },
  };
}
