import { AWSIAMROLE } from '../../contract/awsiamrole.ts';
import type { NamespaceScope } from '../../contract/namespace-scope.ts';
import type { KubernetesConnection } from '../../kubernetes/kubernetes-connection.ts';
import type { ApiObject } from '../../kubernetes/lists/api-object.ts';
import { identityOf, stringMapOf } from '../../kubernetes/lists/api-object.ts';
import { listInScope } from '../../kubernetes/lists/list-in-scope.ts';
import type { Listing } from '../../kubernetes/lists/listing.ts';
import { readObject } from '../../kubernetes/lists/read-object.ts';

/** An AWSIAMRole. Its schema may be anybody's, so each field is as it was found or absent. */
export interface ObservedAwsIamRole {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  /** Counted up with each change of the spec. */
  readonly generation: number;
  /** Whether it is being deleted. */
  readonly terminating: boolean;
  readonly labels: Readonly<Record<string, string>>;
  /** The role's ARN, or its name with or without a path. */
  readonly roleReference?: string;
  /** How long a session is to last, in seconds. */
  readonly roleSessionDuration?: number;
  readonly status: AwsIamRoleStatus;
}

/** What this product reports of an AWSIAMRole, in the words of the API. */
export interface AwsIamRoleStatus {
  /** The generation that was last looked at. */
  readonly observedGeneration?: number;
  readonly roleARN?: string;
  /** When the credentials end: RFC 3339 in UTC. */
  readonly expiration?: string;
  readonly conditions?: readonly Condition[];
}

/** A condition (Kubernetes API conventions, metav1.Condition). */
export interface Condition {
  readonly type: string;
  readonly status: 'True' | 'False' | 'Unknown';
  readonly observedGeneration?: number;
  /** When `status` last changed: RFC 3339 in UTC. */
  readonly lastTransitionTime: string;
  readonly reason: string;
  readonly message: string;
}

export interface ListAwsIamRolesInput {
  readonly scope: NamespaceScope;
  readonly signal: AbortSignal;
}

/** Lists the AWSIAMRoles. A cluster that does not know the resource has none. */
export function listAwsIamRoles(
  connection: KubernetesConnection,
  { scope, signal }: ListAwsIamRolesInput,
): Promise<Listing<ObservedAwsIamRole>> {
  return listInScope(connection, scope, {
    resource: AWSIAMROLE.plural,
    kind: 'AWSIAMRoleList',
    isOptional: true,
    pick: observedAwsIamRole,
    signal,
  });
}

/** Reads one AWSIAMRole; one that is not there is an empty listing. */
export function readAwsIamRole(
  connection: KubernetesConnection,
  { namespace, name }: { readonly namespace: string; readonly name: string },
  signal: AbortSignal,
): Promise<Listing<ObservedAwsIamRole>> {
  const pick = observedAwsIamRole;
  return readObject(connection, { resource: AWSIAMROLE.plural, namespace, name, pick, signal });
}

function observedAwsIamRole(resource: ApiObject): ObservedAwsIamRole {
  const { generation, deletionTimestamp, labels } = resource.metadata ?? {};
  const { roleReference, roleSessionDuration } = resource.spec ?? {};
  return {
    ...identityOf(resource),
    generation: generation ?? 0,
    terminating: deletionTimestamp !== undefined,
    labels: stringMapOf(labels),
    ...(typeof roleReference === 'string' ? { roleReference } : {}),
    ...(Number.isInteger(roleSessionDuration) ? { roleSessionDuration } : {}),
    status: observedStatus(resource.status),
  };
}

/** The schema of the resource may be anybody's, so what is not of its type is left out. */
function observedStatus(status: ApiObject['status'] | null): AwsIamRoleStatus {
  const { observedGeneration, roleARN, expiration, conditions } = status ?? {};
  return {
    ...(typeof observedGeneration === 'number' ? { observedGeneration } : {}),
    ...(typeof roleARN === 'string' ? { roleARN } : {}),
    ...(typeof expiration === 'string' ? { expiration } : {}),
    ...(Array.isArray(conditions) ? { conditions: conditions.filter(isCondition) } : {}),
  };
}

function isCondition(value: unknown): value is Condition {
  return typeof value === 'object' && value !== null && 'type' in value && 'status' in value;
}
