import { BUDGET } from '../../contract/budgets.ts';
import { AWSIAMROLE } from '../../contract/kubernetes/awsiamrole.ts';
import { MAX_OBJECT_NAME_LENGTH } from '../../contract/kubernetes/object-name.ts';
import { type OverBudget, truncatedCopy } from './list-budgets.ts';

/** The resources that are read, as in paths. */
export type ApiResource = 'pods' | 'secrets' | 'namespaces' | typeof AWSIAMROLE.plural;

/** Returns the path of the API that serves a resource. */
export function apiPathOf(resource: ApiResource): string {
  return resource === AWSIAMROLE.plural ? `/apis/${AWSIAMROLE.apiVersion}` : '/api/v1';
}

/** The kinds of lists that are read: pods, AWSIAMRoles, and everything else as metadata only. */
export type ListKind = 'PodList' | 'AWSIAMRoleList' | 'PartialObjectMetadataList';

/** The fields of a list that are read. All are optional: responses are not validated. */
export interface ListBody {
  readonly kind?: string;
  readonly metadata?: { readonly continue?: string };
  readonly items?: readonly ApiObject[] | null;
}

/** The fields of an object that are read. */
export interface ApiObject {
  readonly metadata?: ObjectMetadata;
  readonly spec?: {
    readonly volumes?: readonly PodVolume[];
    readonly containers?: readonly PodContainer[];
    readonly initContainers?: readonly PodContainer[];
    readonly ephemeralContainers?: readonly PodContainer[];
    /** Not empty while the pod must not be scheduled. */
    readonly schedulingGates?: readonly unknown[];
    /** AWSIAMRole only. */
    readonly roleReference?: unknown;
    /** AWSIAMRole only. */
    readonly roleSessionDuration?: number;
  };
  readonly status?: {
    readonly phase?: string;
    /** AWSIAMRole only, as are the next two. */
    readonly observedGeneration?: unknown;
    readonly roleARN?: unknown;
    readonly expiration?: unknown;
    readonly conditions?: unknown;
  };
  /** Pods from protobuf only: the number of references to Secrets that were not decoded, because there are too many. */
  readonly skipped?: number;
}

interface ObjectMetadata {
  readonly name?: string;
  readonly namespace?: string;
  readonly uid?: string;
  readonly resourceVersion?: string;
  /** RFC 3339 in UTC with whole seconds. */
  readonly creationTimestamp?: string;
  /** Present while the object is being deleted. */
  readonly deletionTimestamp?: unknown;
  readonly finalizers?: unknown;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly generation?: number;
  readonly ownerReferences?: readonly Partial<OwnerReference>[];
}

/** An owner of an object (metav1.OwnerReference): Kubernetes deletes the object with its last owner. */
export interface OwnerReference {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  readonly uid: string;
}

export interface PodVolume {
  readonly secret?: { readonly secretName?: string; readonly optional?: boolean };
  readonly projected?: { readonly sources?: readonly { readonly secret?: SecretReference }[] };
}

/** A reference to a Secret. The pod does not wait for an optional one. */
export interface SecretReference {
  readonly name?: string;
  readonly optional?: boolean;
}

/** The part of a container that uses Secrets as environment variables. */
export interface PodContainer {
  readonly env?: readonly { readonly valueFrom?: { readonly secretKeyRef?: SecretReference } }[];
  readonly envFrom?: readonly { readonly secretRef?: SecretReference }[];
}

/** What identifies an object. */
interface ObjectIdentity {
  readonly name: string;
  /** Empty for a cluster-scoped object. */
  readonly namespace: string;
  readonly uid: string;
}

/**
 * Returns the identity of an object.
 *
 * @throws when a part is missing, so that the list fails: a real API server always sends all of them
 */
export function identityOf(object: ApiObject): ObjectIdentity {
  const { name, namespace = '', uid } = object.metadata ?? {};
  if (!isNonEmpty(name) || !isNonEmpty(uid)) {
    throw new Error(`an object in the list has no name or no uid (${shown(name)})`);
  }
  if (typeof namespace !== 'string') {
    throw new Error(`an object in the list has no namespace (${shown(name)})`);
  }
  return { name, namespace, uid };
}

function isNonEmpty(value: unknown): value is string {
  return typeof value === 'string' && value !== '';
}

function shown(name: unknown): string {
  return typeof name === 'string'
    ? `"${name.slice(0, MAX_OBJECT_NAME_LENGTH)}"`
    : `a name of type ${typeof name}`;
}

/** The deletion of an object that still exists, because finalizers delay it. */
export interface ObjectDeletion {
  readonly since: Date;
  /** Who still has to agree, such as `example.com/backup`. Anyone who can change the object can add some. */
  readonly finalizers: readonly string[];
}

/** Returns the deletion of an object; undefined when it is not being deleted. */
export function deletionOf(object: ApiObject): ObjectDeletion | undefined {
  const { deletionTimestamp, finalizers } = object.metadata ?? {};
  if (deletionTimestamp === undefined || deletionTimestamp === null) return undefined;
  return {
    since: instantOf(deletionTimestamp),
    finalizers: Array.isArray(finalizers) ? readFinalizers(finalizers) : [],
  };
}

function readFinalizers(finalizers: readonly unknown[]): readonly string[] {
  return finalizers
    .slice(0, BUDGET.finalizersPerObject)
    .filter((finalizer) => typeof finalizer === 'string')
    .map((finalizer) => truncatedCopy(finalizer, MAX_OBJECT_NAME_LENGTH));
}

/** Returns when an object was created. */
export function creationOf({ metadata }: ApiObject): Date {
  return instantOf(metadata?.creationTimestamp);
}

/** Returns an instant of the past, 1970, for anything but a time: real servers always send one. */
function instantOf(timestamp: unknown): Date {
  const instant = new Date(typeof timestamp === 'string' ? timestamp : 0);
  return Number.isNaN(instant.getTime()) ? new Date(0) : instant;
}

/**
 * Returns labels or annotations; an empty record when there are none.
 *
 * @throws when a value is not a string, so that the list fails and nothing is decided by it
 */
export function stringMapOf(values: unknown): Readonly<Record<string, string>> {
  if (values === undefined || values === null) return {};
  if (!isStringMap(values)) {
    throw new Error('an object in the list has labels or annotations that are not strings');
  }
  return values;
}

function isStringMap(value: unknown): value is Readonly<Record<string, string>> {
  return (
    typeof value === 'object' &&
    value !== null &&
    !Array.isArray(value) &&
    Object.values(value).every((text) => typeof text === 'string')
  );
}

/** The result of a list, complete or not. */
export interface Listing<T> {
  readonly items: readonly T[];
  /** Number of objects that the server sent, those that were not picked included. */
  readonly seen: number;
  /** Why the list is incomplete; absent when it is complete. */
  readonly failure?: Error;
  /** The namespaces in which it is incomplete, if only some are; the others are complete. */
  readonly incompleteIn?: ReadonlySet<string>;
  /** What exceeds a budget; absent for nothing. */
  readonly overBudget?: readonly OverBudget[];
  /** The namespaces of which objects or names were left out, because they exceed a budget. */
  readonly cutIn?: ReadonlySet<string>;
}

/** Whether the list is complete in a namespace. */
export function isCompleteIn(
  { failure, incompleteIn, cutIn }: Listing<unknown>,
  namespace: string,
): boolean {
  if (cutIn?.has(namespace)) return false;
  return failure === undefined || incompleteIn?.has(namespace) === false;
}
