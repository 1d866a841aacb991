import type { NamespaceScope } from '../../contract/namespace-scope.ts';
import { ClusterUnreachableError } from '../../kubernetes/errors.ts';
import type { KubernetesConnection } from '../../kubernetes/kubernetes-connection.ts';
import { listAwsIamRoles } from './awsiamroles.ts';
import type { ClusterView } from './cluster-view.ts';
import { listManagedSecrets } from './managed-secrets.ts';
import { listNamespaces } from './namespaces.ts';
import { listPods, type PodPhase } from './pods.ts';

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
