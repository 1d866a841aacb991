import { methodNotAllowed, noSuchResource } from '../errors/api-error.ts';
import { isObjectVerb, type RequestAttributes } from './request-attributes.ts';
import type { ResourceDefinition, Subresource } from '../kinds/resource-definition.ts';
import { definitionsIn } from '../kinds/resource-definitions.ts';
import type { Store } from '../objects/store.ts';

/** The kind that a request is about, and the part of it. */
export interface FoundDefinition {
  readonly definition: ResourceDefinition;
  readonly subresource: Subresource | undefined;
}

/** What may be done with which part of an object. */
const SUBRESOURCE_VERBS: Readonly<Record<Subresource, readonly string[]>> = {
  status: ['get', 'update', 'patch'],
  binding: ['create'],
};

/** Whether a resource could be a custom one, and is not: a group of Kubernetes' own is either there or not known here. */
export function isUndefinedCustom(store: Store, { group, version }: RequestAttributes): boolean {
  const isKubernetes = !group.includes('..') || group.endsWith('.k8s.io');
  const isServed = () =>
    definitionsIn(store).some((d) => d.group === group && d.version === version);
  return !isKubernetes && !isServed();
}

/** @throws ApiError 404 when there is no such resource here, 405 when it cannot be asked for that */
export function findDefinition(store: Store, request: RequestAttributes): FoundDefinition {
  const { group, version, resource, subresource: part, namespace, name, verb } = request;
  const definition = definitionsIn(store).find(
    (d) => d.group === group && d.version === version && d.plural === resource,
  );
  if (!definition) throw noSuchResource(`${resource} in ${group || 'the core group'} ${version}`);
  const subresource = definition.subresources.find((known) => known === part);
  if (part !== undefined && subresource === undefined)
    throw noSuchResource(`${resource}/${part} in ${group || 'the core group'} ${version}`);
  const isElsewhere = definition.isNamespaced && namespace === undefined;
  if (isElsewhere && name !== undefined && isObjectVerb(verb)) throw noSuchResource('such path');
  if (!isAllowed(request, isElsewhere, subresource)) throw methodNotAllowed();
  return { definition, subresource };
}

function isAllowed(
  { verb, name }: RequestAttributes,
  isElsewhere: boolean,
  subresource: Subresource | undefined,
): boolean {
  if (subresource) return SUBRESOURCE_VERBS[subresource].includes(verb);
  if (verb === 'create') return name === undefined && !isElsewhere;
  const onCollection = ['list', 'watch', 'deletecollection'];
  return onCollection.includes(verb) || (isObjectVerb(verb) && name !== undefined);
}
