import { BUDGET } from '../../contract/budgets.ts';
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
import { type ListBudgets, truncatedCopy } from '../../kubernetes/lists/list-budgets.ts';
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
  /** Length of all labels, in characters, if they are too long: some of them are not in `labels`. */
  readonly labelLength?: number;
  /**
   * The role's ARN, or its name with or without a path; cut after one character more than the maximum length. Absent if it is
   * so long that it was not decoded.
   */
  readonly roleReference?: string;
  /** Its length, in characters, if it was cut. */
  readonly roleReferenceLength?: number;
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
  /** Set if there are too many conditions, of which only `Ready` is kept. */
  readonly areConditionsCut?: true;
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
    pick: pickAwsIamRole,
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

/** Those that have a Secret are counted separately, so that new ones do not displace them. */
function pickAwsIamRole(resource: ApiObject, budgets: ListBudgets): ObservedAwsIamRole | undefined {
  const observed = observedAwsIamRole(resource, budgets);
  const budget =
    observed.status.expiration === undefined
      ? 'awsIamRolesPerNamespace'
      : 'issuedAwsIamRolesPerNamespace';
  return budgets.take(observed.namespace, budget) ? observed : undefined;
}

function observedAwsIamRole(resource: ApiObject, budgets: ListBudgets): ObservedAwsIamRole {
  const { generation, labels } = resource.metadata ?? {};
  const deletion = deletionOf(resource);
  const { roleReference, roleSessionDuration } = resource.spec ?? {};
  const identity = identityOf(resource);
  const { namespace } = identity;
  return {
    ...identity,
    generation: generation ?? 0,
    createdAt: creationOf(resource),
    ...(deletion === undefined ? {} : { deletion }),
    ...readLabels(labels, namespace, budgets),
    ...readRoleReference(roleReference, namespace, budgets),
    ...(Number.isInteger(roleSessionDuration) ? { roleSessionDuration } : {}),
    status: readStatus(resource.status, namespace, budgets),
  };
}

/** Returns the size of a field that was not decoded because it is too large; 0 for any other value. */
function sizeOf(field: unknown): number {
  return typeof field === 'number' && field > BUDGET.awsIamRoleFieldBytes ? field : 0;
}

function readRoleReference(
  roleReference: unknown,
  namespace: string,
  budgets: ListBudgets,
): Pick<ObservedAwsIamRole, 'roleReference' | 'roleReferenceLength'> {
  if (typeof roleReference === 'string') {
    const kept = budgets.keepText(namespace, 'roleReferenceLength', roleReference);
    const isCut = kept.length > BUDGET.roleReferenceLength;
    return { roleReference: kept, ...(isCut ? { roleReferenceLength: roleReference.length } : {}) };
  }
  const size = sizeOf(roleReference);
  if (size === 0) return {};
  budgets.exceed(namespace, 'roleReferenceLength', size);
  return { roleReferenceLength: size };
}

/** Keeps the labels up to the budget, in their order: an API server sorts them. */
function readLabels(
  labels: unknown,
  namespace: string,
  budgets: ListBudgets,
): Pick<ObservedAwsIamRole, 'labels' | 'labelLength'> {
  const size = sizeOf(labels);
  if (size > 0) {
    budgets.exceed(namespace, 'labelLength', size);
    return { labels: {}, labelLength: size };
  }
  const kept: [string, string][] = [];
  let length = 0;
  for (const [key, value] of Object.entries(stringMapOf(labels))) {
    length += key.length + value.length;
    if (length <= BUDGET.labelLength) kept.push([key, value]);
  }
  const all = { labels: Object.fromEntries(kept) };
  if (length <= BUDGET.labelLength) return all;
  budgets.exceed(namespace, 'labelLength', length);
  return { ...all, labelLength: length };
}

function readStatus(
  status: ApiObject['status'] | null,
  namespace: string,
  budgets: ListBudgets,
): AwsIamRoleStatus {
  const { observedGeneration, roleARN, expiration, conditions } = status ?? {};
  return {
    ...(typeof observedGeneration === 'number' ? { observedGeneration } : {}),
    ...(typeof roleARN === 'string' ? { roleARN: truncatedCopy(roleARN, MAX_TEXT) } : {}),
    ...(typeof expiration === 'string' ? { expiration: truncatedCopy(expiration, MAX_TEXT) } : {}),
    ...readConditions(conditions, namespace, budgets),
  };
}

/** Maximum length of a text in the status, in characters, which is more than the product writes. */
const MAX_TEXT = BUDGET.conditionsLength;

/** The conditions of others are kept to be written again with `Ready`. */
function readConditions(
  list: unknown,
  namespace: string,
  budgets: ListBudgets,
): Pick<AwsIamRoleStatus, 'conditions' | 'areConditionsCut'> {
  const size = sizeOf(list);
  if (size > 0) {
    budgets.exceed(namespace, 'conditionsLength', size);
    return { conditions: [], areConditionsCut: true };
  }
  if (!Array.isArray(list)) return {};
  const { length } = JSON.stringify(list);
  const conditions = list.filter(isCondition);
  if (length <= BUDGET.conditionsLength) return { conditions };
  budgets.exceed(namespace, 'conditionsLength', length);
  const ready = conditions.find(({ type }) => type === 'Ready');
  const kept = ready !== undefined && JSON.stringify(ready).length <= BUDGET.conditionsLength;
  return { conditions: kept ? [ready] : [], areConditionsCut: true };
}

function isCondition(value: unknown): value is Condition {
  return isRecord(value) && 'type' in value && 'status' in value;
}
