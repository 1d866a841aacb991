import type { NamespaceScope } from '../../contract/kubernetes/namespace.ts';
import { SECRET_NAME_PREFIX } from '../../contract/kubernetes/secret.ts';
import { type CredentialRequest, requestedSecretName } from '../../contract/pod-event.ts';
import { memoize } from '../../kubernetes/cached-value.ts';
import { ClusterUnreachableError } from '../../kubernetes/errors.ts';
import type { KubernetesConnection } from '../../kubernetes/kubernetes-connection.ts';
import type { Listing } from '../../kubernetes/lists/api-object.ts';
import { listAwsIamRoles, type ObservedAwsIamRole, readAwsIamRole } from './awsiamroles.ts';
import { listManagedSecrets, listSecretByName, type ManagedSecret } from './managed-secrets.ts';
import { listNamespaces, type ObservedNamespace, readNamespace } from './namespaces.ts';
import { listPods, type ObservedPod, type PodPhase, readLivePod, usedSecretNames } from './pods.ts';

/** The cluster as one pass, or one request of a pod event, observed it. */
export interface ClusterView {
  readonly pods: Listing<ObservedPod>;
  readonly namespaces: Listing<ObservedNamespace>;
  readonly secrets: Listing<ManagedSecret>;
  /** Empty where the CRD is not installed. */
  readonly awsIamRoles: Listing<ObservedAwsIamRole>;
  /** Secrets without the label that could not be looked up, as `<namespace>/<name>`: they may exist. */
  readonly notLookedUp?: ReadonlySet<string>;
}

interface ObserveClusterInput {
  readonly phase: PodPhase;
  /** The namespaces to observe; applies to all lists. */
  readonly scope: NamespaceScope;
  /** Aborts the lists. What has arrived by then is returned. */
  readonly signal: AbortSignal;
}

/**
 * Makes the four lists concurrently. A list that fails is returned as a listing with its failure and the items that
 * arrived before it.
 *
 * @throws {ClusterSetupError} when the setup has to be fixed
 * @throws {ClusterUnreachableError} when the cluster answers none of the lists
 */
export async function observeCluster(
  connection: KubernetesConnection,
  { phase, scope, signal }: ObserveClusterInput,
): Promise<ClusterView> {
  const [pods, namespaces, secrets, awsIamRoles] = await Promise.all([
    listPods(connection, { phase, scope, signal }),
    listNamespaces(connection, { scope, signal }),
    listManagedSecrets(connection, { scope, signal }),
    listAwsIamRoles(connection, { scope, signal }),
  ]);
  const failures = [pods, namespaces, secrets, awsIamRoles].map(({ failure }) => failure);
  const [unreachable] = failures;
  if (failures.every((failure) => failure instanceof ClusterUnreachableError)) throw unreachable;
  return { pods, namespaces, secrets, awsIamRoles };
}

/**
 * Observes what one request is about. A read that fails is a failure in the view.
 *
 * @throws {ClusterSetupError} when the setup has to be fixed
 */
export type ObserveRequest = (request: CredentialRequest) => Promise<ClusterView>;

/**
 * Returns the function that observes the requests of one pod event: the pod, its namespace, and the Secret and the
 * AWSIAMRole of the requested name. Reads them concurrently, and each pod and namespace once.
 */
export function createRequestObserver(
  connection: KubernetesConnection,
  signal: AbortSignal,
): ObserveRequest {
  const readNamespaceOnce = memoize((namespace: string) =>
    readNamespace(connection, namespace, signal),
  );
  const readPodOnce = memoize((namespace: string, name: string) =>
    readLivePod(connection, { namespace, name }, signal),
  );
  const findWaitingOnce = memoize((namespace: string) => podsByName(connection, namespace, signal));
  return async (request) => {
    const { namespace } = request;
    const name = requestedSecretName(request);
    const [pods, namespaces, awsIamRoles, secrets] = await Promise.all([
      'pod' in request
        ? readPodOnce(namespace, request.pod)
        : findPodOf(findWaitingOnce, { namespace, name }),
      readNamespaceOnce(namespace),
      readAwsIamRole(connection, { namespace, name }, signal),
      // From the API server's cache: a consistent read may take 80 ms. If the Secret does exist, creating it fails with
      // a conflict, which is resolved.
      listSecretByName(connection, { namespace, name, freshness: 'any' }, signal),
    ]);
    return { pods, namespaces, secrets, awsIamRoles };
  };
}

/** The pods of a namespace that wait for Secrets: one for each name. */
interface WaitingPods {
  readonly byName: ReadonlyMap<string, ObservedPod>;
  readonly seen: number;
}

/** Indexes the pods once for all requests of an event: a tenant may have thousands, with hundreds of names each. */
async function podsByName(
  connection: KubernetesConnection,
  namespace: string,
  signal: AbortSignal,
): Promise<WaitingPods> {
  const scope = { only: [namespace], except: [] };
  const { items, seen } = await listPods(connection, { phase: 'pending', scope, signal });
  const byName = new Map<string, ObservedPod>();
  for (const pod of items.toReversed()) {
    for (const name of usedSecretNames(pod)) byName.set(name, pod);
  }
  return { byName, seen };
}

/**
 * Returns a pod that waits for the Secret of an AWSIAMRole, if there is one. A pod that was created earlier may have been
 * refused the role of the Secret's name, and is notified that it has credentials. Other pods are not notified of anything.
 */
async function findPodOf(
  findWaiting: (namespace: string) => Promise<WaitingPods>,
  { namespace, name }: { readonly namespace: string; readonly name: string },
): Promise<Listing<ObservedPod>> {
  if (!name.startsWith(SECRET_NAME_PREFIX)) return { items: [], seen: 0 };
  const { byName, seen } = await findWaiting(namespace);
  const pod = byName.get(name);
  return { items: pod === undefined ? [] : [pod], seen };
}
