import type { ResourceName } from './errors/api-error.ts';
import type { ResourceDefinition } from './kinds/resource-definition.ts';

/** What a definition is called where an object is refused or has changed. Kinds of Kubernetes' own go without their group there. */
export interface NamesOfKind {
  readonly kind: ResourceName;
  readonly resource: ResourceName;
}

/** The names of a definition's kind. */
export function namesOfKind({ isCustom, group, kind, plural }: ResourceDefinition): NamesOfKind {
  const said = isCustom ? group : '';
  return { kind: { group: said, plural: kind }, resource: { group: said, plural } };
}
