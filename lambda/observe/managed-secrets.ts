import type { NamespaceScope } from '../../contract/kubernetes/namespace.ts';
import { MANAGED_SELECTOR } from '../../contract/kubernetes/secret.ts';
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
import { listInScope } from '../../kubernetes/lists/list-in-scope.ts';
import { listPages } from '../../kubernetes/lists/read-listing.ts';

/** The metadata of a Secret with the managed label. The values of Secrets are never read. */
export interface ManagedSecret {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  readonly resourceVersion: string;
  readonly labels: Readonly<Record<string, string>>;
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
  return listInScope(connection, scope, { ...SECRETS, labelSelector: MANAGED_SELECTOR, signal });
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
  const pick = (object: ApiObject) => {
    const secret = managedSecret(object);
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
  pick: managedSecret,
} as const;

/** Returns the reference with an empty text for each field that is missing or of another type. */
function completeReference({
  apiVersion,
  kind,
  name,
  uid,
}: Partial<Record<keyof OwnerReference, unknown>>): OwnerReference {
  const textOf = (field: unknown) => (typeof field === 'string' ? field : '');
  return {
    apiVersion: textOf(apiVersion),
    kind: textOf(kind),
    name: textOf(name),
    uid: textOf(uid),
  };
}

function managedSecret(secret: ApiObject): ManagedSecret {
  const { resourceVersion, labels, annotations, ownerReferences } = secret.metadata ?? {};
  const identity = identityOf(secret);
  const deletion = deletionOf(secret);
  // A write needs it as its precondition.
  if (!resourceVersion || typeof resourceVersion !== 'string')
    throw new Error(`Secret "${identity.name}" has no resourceVersion`);
  return {
    ...identity,
    resourceVersion,
    labels: stringMapOf(labels),
    annotations: stringMapOf(annotations),
    // An owner without a uid is an owner too: the Secret is not the refresher's.
    owners: (ownerReferences ?? []).map(completeReference),
    ...(deletion === undefined ? {} : { deletion }),
  };
}
