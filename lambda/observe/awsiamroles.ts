import { isRecord } from '../../contract/is-record.ts';
import { AWSIAMROLE } from '../../contract/kubernetes/awsiamrole.ts';
import type { NamespaceScope } from '../../contract/kubernetes/namespace.ts';
import type { KubernetesConnection } from '../../kubernetes/kubernetes-connection.ts';
import {
  type ApiObject,
  creationOf,
  deletionOf,
  identityOf,
  type Listing,
  type ObjectDeletion,
  stringMapOf,
} from '../../kubernetes/lists/api-object.ts';
import { listInScope } from '../../kubernetes/lists/list-in-scope.ts';
import { readObject } from '../../kubernetes/lists/read-listing.ts';

/** An AWSIAMRole. The installed CRD may be another product's, so fields of an unexpected type are omitted. */
export interface ObservedAwsIamRole {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  /** Incremented by each change of the spec. */
  readonly generation: number;
  readonly createdAt: Date;
  /** Set while it is being deleted. */
  readonly deletion?: ObjectDeletion;
  readonly labels: Readonly<Record<string, string>>;
  /** The role's ARN, or its name with or without a path. */
  readonly roleReference?: string;
  /** The requested duration of a session, in seconds. */
  readonly roleSessionDuration?: number;
  readonly status: AwsIamRoleStatus;
}

/** The status of an AWSIAMRole, with the API's field names. */
export interface AwsIamRoleStatus {
  /** The generation that the status describes. */
  readonly observedGeneration?: number;
  readonly roleARN?: string;
  /** When the credentials expire: RFC 3339 in UTC. */
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

interface ListAwsIamRolesInput {
  readonly scope: NamespaceScope;
  readonly signal: AbortSignal;
}

/** Lists the AWSIAMRoles. The listing is empty where the CRD is not installed. */
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

/** Reads one AWSIAMRole. The listing is empty if it does not exist. */
export function readAwsIamRole(
  connection: KubernetesConnection,
  { namespace, name }: { readonly namespace: string; readonly name: string },
  signal: AbortSignal,
): Promise<Listing<ObservedAwsIamRole>> {
  const pick = observedAwsIamRole;
  return readObject(connection, { resource: AWSIAMROLE.plural, namespace, name, pick, signal });
}

function observedAwsIamRole(resource: ApiObject): ObservedAwsIamRole {
  const { generation, labels } = resource.metadata ?? {};
  const deletion = deletionOf(resource);
  const { roleReference, roleSessionDuration } = resource.spec ?? {};
  return {
    ...identityOf(resource),
    generation: generation ?? 0,
    createdAt: creationOf(resource),
    ...(deletion === undefined ? {} : { deletion }),
    labels: stringMapOf(labels),
    ...(typeof roleReference === 'string' ? { roleReference } : {}),
    ...(Number.isInteger(roleSessionDuration) ? { roleSessionDuration } : {}),
    status: observedStatus(resource.status),
  };
}

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
  return isRecord(value) && 'type' in value && 'status' in value;
}
