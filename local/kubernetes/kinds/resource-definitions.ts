import type { Store } from '../objects/store.ts';
import type { StoredObject } from '../objects/stored-object.ts';
import { customDefinition } from './custom-definition.ts';
import {
  CUSTOM_RESOURCE_DEFINITIONS,
  type CustomResourceDefinition,
} from './custom-resource-definition.ts';
import { EVENTS } from './event.ts';
import { NAMESPACES } from './namespace.ts';
import { PODS } from './pod.ts';
import type { ResourceDefinition } from './resource-definition.ts';
import { SECRETS } from './secret.ts';
import { SERVICE_ACCOUNTS } from './service-account.ts';

const BUILT_IN: readonly ResourceDefinition[] = [
  NAMESPACES,
  PODS,
  SECRETS,
  SERVICE_ACCOUNTS,
  EVENTS,
  CUSTOM_RESOURCE_DEFINITIONS,
];

/** Lists the kinds that the embedded Kubernetes API serves: built-in kinds and custom resources. */
export function definitionsIn(store: Store): readonly ResourceDefinition[] {
  const { objects } = store.snapshot(CUSTOM_RESOURCE_DEFINITIONS.collection);
  // The collection holds only objects of this type.
  const custom = objects.map((object) => customDefinition(object as StoredDefinition));
  return [...BUILT_IN, ...custom];
}

type StoredDefinition = StoredObject & CustomResourceDefinition;
