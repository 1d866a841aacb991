import { nameInFieldSelector } from '../queries/selectors.ts';

/** Attributes of a request, read from its method and path. Authorization decides on them. */
export interface RequestAttributes {
  readonly verb: string;
  readonly group: string;
  readonly version: string;
  /** The plural, e.g. `pods`. */
  readonly resource: string;
  readonly subresource: string | undefined;
  readonly namespace: string | undefined;
  readonly name: string | undefined;
}

const VERBS: Readonly<Record<string, readonly [onObject: string, onCollection: string]>> = {
  GET: ['get', 'list'],
  POST: ['create', 'create'],
  PUT: ['update', 'update'],
  PATCH: ['patch', 'patch'],
  DELETE: ['delete', 'deletecollection'],
};

/** Reads the attributes of a request, or `undefined` when its path is not a resource. */
export function requestAttributes(method: string, url: URL): RequestAttributes | undefined {
  const [root, ...parts] = url.pathname.split('/').filter(Boolean).map(decodeURIComponent);
  if (root !== 'api' && root !== 'apis') return undefined;
  const [group, version, ...path] = root === 'api' ? ['', ...parts] : parts;
  if (group === undefined || version === undefined || path.length === 0) return undefined;
  const { namespace, resource, name, subresource } = readPath(path);
  if (resource === undefined) return undefined;
  const selected = nameInFieldSelector(url.searchParams.get('fieldSelector') ?? '');
  return {
    verb: verbOf(method, url, name !== undefined),
    group,
    version,
    resource,
    subresource,
    namespace,
    // A list that selects one name is authorized like a request for that object.
    name: name ?? (method === 'GET' ? selected : undefined),
  };
}

/** Whether a verb applies to one object instead of a collection. */
export function isObjectVerb(verb: string): boolean {
  return ['get', 'update', 'patch', 'delete'].includes(verb);
}

function readPath(path: readonly string[]) {
  const [first, second, third, ...rest] = path;
  if (first !== 'namespaces' || second === undefined)
    return { namespace: undefined, resource: first, name: second, subresource: third };
  // Below a namespace come its own subresources, and the resources in it. Both are authorized in the namespace.
  if (third === undefined || third === 'status' || third === 'finalize')
    return { namespace: second, resource: first, name: second, subresource: third };
  const [name, subresource] = rest;
  return { namespace: second, resource: third, name, subresource };
}

function verbOf(method: string, url: URL, isObject: boolean): string {
  const [onObject, onCollection] = VERBS[method] ?? [method.toLowerCase(), method.toLowerCase()];
  if (isObject) return onObject;
  const isWatch = ['true', '1'].includes(url.searchParams.get('watch') ?? '');
  return method === 'GET' && isWatch ? 'watch' : onCollection;
}
