import type { NamespaceScope } from '../../contract/namespace-scope.ts';
import { MANAGED_SELECTOR } from '../../contract/secret.ts';
import type { KubernetesConnection } from '../../kubernetes/kubernetes-connection.ts';
import type { ApiObject } from '../../kubernetes/lists/api-object.ts';
import { identityOf, stringMapOf } from '../../kubernetes/lists/api-object.ts';
import { listInScope } from '../../kubernetes/lists/list-in-scope.ts';
import { listPages } from '../../kubernetes/lists/list-pages.ts';
import type { Listing } from '../../kubernetes/lists/listing.ts';

/** A Secret with the managed label, as metadata: its values are never read. */
export interface ManagedSecret {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  readonly resourceVersion: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  /** The uids of the objects that own it. */
  readonly ownerUids: readonly string[];
}

export interface ListManagedSecretsInput {
  readonly scope: NamespaceScope;
  readonly signal: AbortSignal;
}

/** Lists the Secrets with the managed label as metadata, so that no value leaves the API server. */
export function listManagedSecrets(
  connection: KubernetesConnection,
  { scope, signal }: ListManagedSecretsInput,
): Promise<Listing<ManagedSecret>> {
  return listInScope(connection, scope, { ...SECRETS, labelSelector: MANAGED_SELECTOR, signal });
}

/**
 * Finds the Secret that has a name now, ours or not, as metadata. It is a list of one: whoever may `get` a Secret may
 * read its values, and the refresher may not. Another Secret in it fails the list: what is found is written into.
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
    throw new Error(`another Secret came where "${name}" was asked for`);
  };
  return listPages(connection, { ...SECRETS, ...rest, pick, namespace, fieldSelector, signal });
}

/** Which Secret, and whether as the API server has it at hand will do. */
interface SecretLookup {
  readonly namespace: string;
  readonly name: string;
  readonly freshness?: 'any';
}

/**
 * The Secret that {@link listSecretByName} finds.
 *
 * @throws KubernetesApiError or another error when the list fails.
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

function managedSecret(secret: ApiObject): ManagedSecret {
  const { resourceVersion, labels, annotations, ownerReferences } = secret.metadata ?? {};
  const identity = identityOf(secret);
  // Without one, a change could not be bound to what was read.
  if (!resourceVersion || typeof resourceVersion !== 'string')
    throw new Error(`Secret "${identity.name}" has no resourceVersion`);
  return {
    ...identity,
    resourceVersion,
    labels: stringMapOf(labels),
    annotations: stringMapOf(annotations),
    // An owner without a uid is still an owner: the Secret is not for the taking.
    ownerUids: (ownerReferences ?? []).map(({ uid }) => uid ?? ''),
  };
}
