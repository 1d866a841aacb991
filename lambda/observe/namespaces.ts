import {
  isInScope,
  NAMESPACE_ANNOTATIONS,
  type NamespaceScope,
} from '../../contract/kubernetes/namespace.ts';
import type { KubernetesConnection } from '../../kubernetes/kubernetes-connection.ts';
import {
  type ApiObject,
  identityOf,
  type Listing,
  stringMapOf,
} from '../../kubernetes/lists/api-object.ts';
import type { ListBudgets } from '../../kubernetes/lists/list-budgets.ts';
import { listByNamespace } from '../../kubernetes/lists/list-in-scope.ts';
import { listPages, readObject } from '../../kubernetes/lists/read-listing.ts';

/** A namespace. */
export interface ObservedNamespace {
  readonly name: string;
  readonly uid: string;
  /** Whether it is being deleted. No object can be created in it then. */
  readonly terminating: boolean;
  /** Those that allow roles. */
  readonly annotations: Readonly<Record<string, string>>;
}

interface ListNamespacesInput {
  readonly scope: NamespaceScope;
  readonly signal: AbortSignal;
}

/** Lists the namespaces of the scope. Omits configured namespaces that do not exist; that is not a failure. */
export async function listNamespaces(
  connection: KubernetesConnection,
  { scope, signal }: ListNamespacesInput,
): Promise<Listing<ObservedNamespace>> {
  const { only, except } = scope;
  if (only.length === 0) {
    return listPages(connection, {
      resource: 'namespaces',
      kind: 'PartialObjectMetadataList',
      fieldSelector: except.map((name) => `metadata.name!=${name}`).join(','),
      pick: observedNamespace,
      signal,
    });
  }
  const names = only.filter((name) => isInScope(scope, name));
  return listByNamespace(names, (name) => readNamespace(connection, name, signal));
}

/** Reads one namespace. The listing is empty if it does not exist. */
export function readNamespace(
  connection: KubernetesConnection,
  namespace: string,
  signal: AbortSignal,
): Promise<Listing<ObservedNamespace>> {
  return readObject(connection, {
    resource: 'namespaces',
    namespace,
    pick: observedNamespace,
    signal,
  });
}

function observedNamespace(namespace: ApiObject, budgets: ListBudgets): ObservedNamespace {
  const { deletionTimestamp, annotations } = namespace.metadata ?? {};
  const { name, uid } = identityOf(namespace);
  return {
    name,
    uid,
    terminating: deletionTimestamp !== undefined,
    annotations: readAnnotations(stringMapOf(annotations), name, budgets),
  };
}

/** A value that is too long is cut, and refused because of its length. */
function readAnnotations(
  annotations: Readonly<Record<string, string>>,
  namespace: string,
  budgets: ListBudgets,
): Readonly<Record<string, string>> {
  const kept: Record<string, string> = {};
  for (const key of NAMESPACE_ANNOTATIONS) {
    const value = annotations[key];
    if (value !== undefined) kept[key] = budgets.keepText(namespace, 'allowedRolesLength', value);
  }
  return kept;
}
