import type { NamespaceScope } from '../../contract/namespace-scope.ts';
import {
  type CredentialRequest,
  type PodCredentialRequest,
  requestedSecretName,
} from '../../contract/pod-event.ts';
import { ClusterUnreachableError } from '../../kubernetes/errors.ts';
import type { KubernetesConnection } from '../../kubernetes/kubernetes-connection.ts';
import type { Listing } from '../../kubernetes/lists/listing.ts';
import { listAwsIamRoles, type ObservedAwsIamRole, readAwsIamRole } from './awsiamroles.ts';
import { listManagedSecrets, listSecretByName, type ManagedSecret } from './managed-secrets.ts';
import { listNamespaces, type ObservedNamespace, readNamespace } from './namespaces.ts';
import { listPods, type ObservedPod, type PodPhase, readLivePod } from './pods.ts';

/** The cluster as one run saw it. */
export interface ClusterView {
  readonly pods: Listing<ObservedPod>;
  readonly namespaces: Listing<ObservedNamespace>;
  readonly secrets: Listing<ManagedSecret>;
  /** Empty where the cluster does not know the resource. */
  readonly awsIamRoles: Listing<ObservedAwsIamRole>;
}

export interface ObserveClusterDeps {
  readonly connection: KubernetesConnection;
}

export interface ObserveClusterInput {
  readonly phase: PodPhase;
  /** Where to look; the same for every list. */
  readonly scope: NamespaceScope;
  /** Ends the lists, so that what did arrive can still be acted on. */
  readonly signal: AbortSignal;
}

/**
 * Makes the four lists at the same time. One that fails is a listing with its reason and what arrived of it.
 *
 * @throws ClusterSetupError when no list can succeed until a person changes something; ClusterUnreachableError when the
 * cluster does not answer at all.
 */
export async function observeCluster(
  { connection }: ObserveClusterDeps,
  { phase, scope, signal }: ObserveClusterInput,
): Promise<ClusterView> {
  const [pods, observedNamespaces, secrets, awsIamRoles] = await Promise.all([
    listPods(connection, { phase, scope, signal }),
    listNamespaces(connection, { scope, signal }),
    listManagedSecrets(connection, { scope, signal }),
    listAwsIamRoles(connection, { scope, signal }),
  ]);
  const listings = [pods, observedNamespaces, secrets, awsIamRoles];
  const failures = listings.map(({ failure }) => failure);
  const [unreachable] = failures;
  if (failures.every((failure) => failure instanceof ClusterUnreachableError)) throw unreachable;
  return { pods, namespaces: observedNamespaces, secrets, awsIamRoles };
}

/**
 * Looks at what a want is about, as the cluster says it now. Throws a ClusterSetupError when nothing can be read until
 * a person changes something; what else fails is in the view.
 */
export type ObserveRequest = (want: CredentialRequest) => Promise<ClusterView>;

/**
 * Makes the look for the wants of one event: the pod that each names, its namespace, and whatever Secret and AWSIAMRole
 * have the name, read at the same time, and nothing twice: pods share namespaces, and a pod may want several Secrets.
 */
export function createRequestObserver(
  connection: KubernetesConnection,
  signal: AbortSignal,
): ObserveRequest {
  const readNamespaceOnce = once(
    ({ namespace }: CredentialRequest) => namespace,
    ({ namespace }) => readNamespace(connection, namespace, signal),
  );
  const readPodOnce = once(
    ({ namespace, pod }: PodCredentialRequest) => `${namespace}/${pod}`,
    ({ namespace, pod }) => readLivePod(connection, { namespace, name: pod }, signal),
  );
  return async (want) => {
    const { namespace } = want;
    const name = requestedSecretName(want);
    const [pods, namespaces, awsIamRoles, secrets] = await Promise.all([
      'pod' in want ? readPodOnce(want) : { items: [], seen: 0 },
      readNamespaceOnce(want),
      readAwsIamRole(connection, { namespace, name }, signal),
      // As it is now could take 80 ms: the server waits until its cache knows that it has missed no write. A Secret that
      // is there after all answers the attempt to make it.
      listSecretByName(connection, { namespace, name, freshness: 'any' }, signal),
    ]);
    return { pods, namespaces, secrets, awsIamRoles };
  };
}

function once<W, T>(
  keyOf: (want: W) => string,
  read: (want: W) => Promise<T>,
): (want: W) => Promise<T> {
  const readings = new Map<string, Promise<T>>();
  return (want) => {
    const key = keyOf(want);
    const reading = readings.get(key) ?? read(want);
    readings.set(key, reading);
    return reading;
  };
}
