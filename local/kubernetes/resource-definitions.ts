import { CORE_EVENTS, EVENTS } from './kinds/event.ts';
import { NAMESPACES } from './kinds/namespace.ts';
import { PODS } from './kinds/pod.ts';
import { SECRETS } from './kinds/secret.ts';
import type { ResourceDefinition } from './resource-definition.ts';

/** Everything that the embedded Kubernetes API serves. */
export const RESOURCE_DEFINITIONS: readonly ResourceDefinition[] = [
  NAMESPACES,
  PODS,
  SECRETS,
  CORE_EVENTS,
  EVENTS,
];
