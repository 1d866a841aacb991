import { methodNotAllowed, noSuchResource } from '../errors/api-error.ts';
import type { ResourceDefinition, Subresource } from '../kinds/resource-definition.ts';
import { definitionsIn } from '../kinds/resource-definitions.ts';
import type { Store } from '../objects/store.ts';
import { isObjectVerb, type RequestAttributes } from './request-attributes.ts';

/** The kind that a request is about, and the subresource. */
export interface FoundDefinition {
  readonly definition: ResourceDefinition;
  readonly subresource: Subresource | undefined;
}

/** Verbs of each subresource. */
const SUBRESOURCE_VERBS: Readonly<Record<Subresource, readonly string[]>> = {
  status: ['get', 'update', 'patch'],
  binding: ['create'],
  token: ['create'],
};

/** Whether a resource is in a group that only a CustomResourceDefinition could define, and none does. */
export function isUndefinedCustom(store: Store, { group, version }: RequestAttributes): boolean {
  const isKubernetes = !group.includes('.') || group.endsWith('.k8s.io');
  const isServed = () =>
    definitionsIn(store).some((d) => d.group === group && d.version === version);
  return !isKubernetes && !isServed();
}

/** Finds the definition of a resource. @throws ApiError 404 for an unknown resource, 405 for a verb that it lacks */
export function findDefinition(store: Store, request: RequestAttributes): FoundDefinition {
  const { group, version, resource, namespace, name, verb } = request;
  const definition = definitionsIn(store).find(
    (d) => d.group === group && d.version === version && d.plural === resource,
  );
  if (!definition) throw noSuchResource(`${resource} in ${group || 'the core group'} ${version}`);
  const subresource = definition.subresources.find((known) => known === request.subresource);
  if (request.subresource !== undefined && subresource === undefined)
    throw noSuchResource(
      `${resource}/${request.subresource} in ${group || 'the core group'} ${version}`,
    );
  const lacksNamespace = definition.isNamespaced && namespace === undefined;
  if (lacksNamespace && name !== undefined && isObjectVerb(verb)) throw noSuchResource('such path');
  if (!hasVerb(request, lacksNamespace, subresource)) throw methodNotAllowed();
  return { definition, subresource };
}

function hasVerb(
  { verb, name }: RequestAttributes,
  lacksNamespace: boolean,
  subresource: Subresource | undefined,
): boolean {
  if (subresource) return SUBRESOURCE_VERBS[subresource].includes(verb);
  if (verb === 'create') return name === undefined && !lacksNamespace;
  const onCollection = ['list', 'watch', 'deletecollection'];
  return onCollection.includes(verb) || (isObjectVerb(verb) && name !== undefined);
}
