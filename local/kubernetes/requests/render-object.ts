import { apiVersionOf, type ResourceDefinition } from '../kinds/resource-definition.ts';
import type { StoredObject } from '../objects/stored-object.ts';
import type { ObjectPage } from '../queries/list-objects.ts';
import type { WatchEvent } from '../queries/watch-objects.ts';
import type { Representation } from './content-negotiation.ts';

const META = 'meta.k8s.io/v1';

/** Renders an object with its `kind` and `apiVersion`. */
export function renderObject(
  definition: ResourceDefinition,
  object: StoredObject,
  representation: Representation = 'object',
): object {
  return representation === 'metadata'
    ? { kind: 'PartialObjectMetadata', apiVersion: META, metadata: object.metadata }
    : { kind: definition.kind, apiVersion: apiVersionOf(definition), ...object };
}

/** Renders a page of a list. Items have no `kind` and `apiVersion`, except metadata and custom objects. */
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
        items: definition.isCustom
          ? objects.map((object) => renderObject(definition, object))
          : objects,
      };
}

/** Renders an event of a watch. */
export function renderWatchEvent(
  definition: ResourceDefinition,
  event: WatchEvent,
  representation: Representation,
): object {
  if (event.type === 'ERROR') return { type: 'ERROR', object: event.status };
  if (event.type !== 'BOOKMARK')
    return { type: event.type, object: renderObject(definition, event.object, representation) };
  const isMetadata = representation === 'metadata';
  return {
    type: 'BOOKMARK',
    object: {
      kind: isMetadata ? 'PartialObjectMetadata' : definition.kind,
      apiVersion: isMetadata ? META : apiVersionOf(definition),
      metadata: { resourceVersion: event.resourceVersion },
    },
  };
}
