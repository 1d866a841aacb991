import { customDefinition } from './custom-definition.ts';
import {
  CUSTOM_RESOURCE_DEFINITIONS,
  type CustomResourceDefinition,
} from './custom-resource-definition.ts';
import { CORE_EVENTS, EVENTS } from './event.ts';
import { NAMESPACES } from './namespace.ts';
import { PODS } from './pod.ts';
import { SECRETS } from './secret.ts';
import type { ResourceDefinition } from './resource-definition.ts';
import type { Store } from '../objects/store.ts';
import type { StoredObject } from '../objects/stored-object.ts';

/** What the embedded Kubernetes API always serves. */
const BUILT_IN: readonly ResourceDefinition[] = [
  NAMESPACES,
  PODS,
  SECRETS,
  CORE_EVENTS,
  EVENTS,
  CUSTOM_RESOURCE_DEFINITIONS,
];

/** Everything that the embedded Kubernetes API serves now. */
export function definitionsIn(store: Store): readonly ResourceDefinition[] {
  const { objects } = store.snapshot(CUSTOM_RESOURCE_DEFINITIONS.collection);
  // Only such objects are ever put there.
  const custom = objects.map((object) => customDefinition(object as StoredDefinition));
  return [...BUILT_IN, ...custom];
}

type StoredDefinition = StoredObject & CustomResourceDefinition;
