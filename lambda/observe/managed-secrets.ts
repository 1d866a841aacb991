import { BUDGET } from '../../contract/budgets.ts';
import type { NamespaceScope } from '../../contract/kubernetes/namespace.ts';
import { MAX_OBJECT_NAME_LENGTH } from '../../contract/kubernetes/object-name.ts';
import {
  isOwnLabel,
  MANAGED_SELECTOR,
  OWN_ANNOTATIONS,
  WRITTEN_METADATA_ANNOTATION,
} from '../../contract/kubernetes/secret.ts';
import type { KubernetesConnection } from '../../kubernetes/kubernetes-connection.ts';
import {
  type ApiObject,
  deletionOf,
  identityOf,
  type Listing,
  type ObjectDeletion,
  type OwnerReference,
  stringMapOf,
} from '../../kubernetes/lists/api-object.ts';
import { type ListBudgets, truncatedCopy } from '../../kubernetes/lists/list-budgets.ts';
import { listInScope } from '../../kubernetes/lists/list-in-scope.ts';
import { listPages, type Picker } from '../../kubernetes/lists/read-listing.ts';

/** The metadata of a Secret with the managed label. The values of Secrets are never read. */
export interface ManagedSecret {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  readonly resourceVersion: string;
  /** The product's own. */
  readonly labels: Readonly<Record<string, string>>;
  /** The product's own. */
  readonly annotations: Readonly<Record<string, string>>;
  /** Its `ownerReferences`. A field that the server does not send is empty. */
  readonly owners: readonly OwnerReference[];
  /** Set while it is being deleted. */
  readonly deletion?: ObjectDeletion;
}

interface ListManagedSecretsInput {
  readonly scope: NamespaceScope;
  readonly signal: AbortSignal;
}

/** Lists the managed Secrets as metadata, so that no value leaves the API server. */
export function listManagedSecrets(
  connection: KubernetesConnection,
  { scope, signal }: ListManagedSecretsInput,
): Promise<Listing<ManagedSecret>> {
  const pick: Picker<ManagedSecret> = (object, budgets) => {
    const secret = managedSecret(object, budgets);
    return budgets.take(secret.namespace, 'labelledSecretsPerNamespace') ? secret : undefined;
  };
  return listInScope(connection, scope, {
    ...SECRETS,
    labelSelector: MANAGED_SELECTOR,
    pick,
    signal,
  });
}

interface SecretLookup {
  readonly namespace: string;
  readonly name: string;
  /** `any`: reads from the API server's cache. */
  readonly freshness?: 'any';
}

/**
 * Looks up the Secret of a name, managed or not, as metadata. It lists instead of reading, because the refresher has no
 * permission to `get` Secrets: that permission includes their values. Fails if the response contains another Secret,
 * because the refresher writes to the Secret that it finds.
 */
export function listSecretByName(
  connection: KubernetesConnection,
  { namespace, name, ...rest }: SecretLookup,
  signal: AbortSignal,
): Promise<Listing<ManagedSecret>> {
  const fieldSelector = `metadata.name=${name}`;
  const pick: Picker<ManagedSecret> = (object, budgets) => {
    const secret = managedSecret(object, budgets);
    if (secret.namespace === namespace && secret.name === name) return secret;
    throw new Error(`the response to a request for Secret "${name}" contains another Secret`);
  };
  return listPages(connection, { ...SECRETS, ...rest, pick, namespace, fieldSelector, signal });
}

/**
 * Returns the Secret that {@link listSecretByName} finds.
 *
 * @throws {RefresherError} when the list fails
 */
export async function findSecret(
  connection: KubernetesConnection,
  namespace: string,
  name: string,
  signal: AbortSignal,
): Promise<ManagedSecret | undefined> {
  const { items, failure } = await listSecretByName(connection, { namespace, name }, signal);
  if (failure !== undefined) throw failure;
  return items[0];
}

const SECRETS = {
  resource: 'secrets',
  kind: 'PartialObjectMetadataList',
} as const;

/**
 * Returns the owners. After the maximum follows an unknown one, because one of the others may not be an AWSIAMRole. An owner
 * without a uid is an owner too: the Secret is not the refresher's.
 */
function readOwners(references: readonly Partial<OwnerReference>[]): readonly OwnerReference[] {
  const owners = references.slice(0, BUDGET.ownersPerSecret).map(completeReference);
  return references.length <= BUDGET.ownersPerSecret ? owners : [...owners, completeReference({})];
}

/** Returns the reference with an empty text for each field that is missing or of another type. */
function completeReference({
  apiVersion,
  kind,
  name,
  uid,
}: Partial<Record<keyof OwnerReference, unknown>>): OwnerReference {
  const textOf = (field: unknown) =>
    typeof field === 'string' ? truncatedCopy(field, MAX_OBJECT_NAME_LENGTH + 1) : '';
  return {
    apiVersion: textOf(apiVersion),
    kind: textOf(kind),
    name: textOf(name),
    uid: textOf(uid),
  };
}

function managedSecret(secret: ApiObject, budgets: ListBudgets): ManagedSecret {
  const { resourceVersion, labels, annotations, ownerReferences } = secret.metadata ?? {};
  const identity = identityOf(secret);
  const deletion = deletionOf(secret);
  // A write needs it as its precondition.
  if (!resourceVersion || typeof resourceVersion !== 'string')
    throw new Error(`Secret "${identity.name}" has no resourceVersion`);
  return {
    ...identity,
    resourceVersion,
    labels: readLabels(stringMapOf(labels)),
    annotations: readAnnotations(stringMapOf(annotations), identity.namespace, budgets),
    owners: readOwners(ownerReferences ?? []),
    ...(deletion === undefined ? {} : { deletion }),
  };
}

/** The values of labels have at most 63 characters. */
function readLabels(labels: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  const own = Object.entries(labels).filter(([key]) => isOwnLabel(key));
  return Object.fromEntries(own);
}

/** A value that is too long is cut: it exists, but it is not one that the product wrote. */
function readAnnotations(
  annotations: Readonly<Record<string, string>>,
  namespace: string,
  budgets: ListBudgets,
): Readonly<Record<string, string>> {
  const kept: Record<string, string> = {};
  for (const key of OWN_ANNOTATIONS) {
    const value = Object.hasOwn(annotations, key) ? annotations[key] : undefined;
    if (value === undefined) continue;
    const budget =
      key === WRITTEN_METADATA_ANNOTATION ? 'writtenMetadataLength' : 'ownAnnotationLength';
    kept[key] = budgets.keepText(namespace, budget, value);
  }
  return kept;
}
