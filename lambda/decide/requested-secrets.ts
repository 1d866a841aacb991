import { MAX_ROLE_NAME_LENGTH } from '../../contract/aws/role-arn.ts';
import { BUDGET } from '../../contract/budgets.ts';
import type { IgnoredPodAnnotation } from '../../contract/kubernetes/injection.ts';
import { MAX_OBJECT_NAME_LENGTH, OBJECT_NAME } from '../../contract/kubernetes/object-name.ts';
import { SECRET_NAME_PREFIX } from '../../contract/kubernetes/secret.ts';
import { type ObservedPod, usedSecretNames } from '../observe/pods.ts';

/** The pod that requests a Secret. */
export interface PodReference {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  /** Absent when the server did not send it. */
  readonly createdAt?: Date;
  /** Annotations of kube2iam and kiam that have no effect. */
  readonly ignoredAnnotations?: readonly IgnoredPodAnnotation[];
}

/** A Secret that the pods of one namespace request. */
export interface RequestedSecret {
  readonly namespace: string;
  readonly secretName: string;
  readonly role: string;
  /** One of the pods that request it. */
  readonly pod: PodReference;
  /** Since when pods have requested it; absent when the server did not send it. */
  readonly since?: Date | undefined;
  /**
   * Whether it is kept if it exists, but not created: it is beyond the limit of a pod, the pods are gated, or they use it
   * as environment variables.
   */
  readonly isForExisting: boolean;
  /** Whether one of the pods has started with it, so that it existed then. */
  readonly isProven: boolean;
}

/** A Secret that a pod uses and whose name has the prefix, but that the pod gets no credentials from. */
export interface IgnoredMount {
  readonly pod: PodReference;
  readonly secretName: string;
  readonly reason: InvalidNameReason | 'too-many-roles' | 'too-many-names' | UnservedReason;
  readonly message: string;
}

/** Why a Secret of a valid name is left to the pod. */
type UnservedReason =
  /** Used as environment variables, which are never renewed. */
  | 'environment-variable'
  /** Created by somebody else, and the pod runs with it. */
  | 'own-secret'
  /** Created by somebody else, before the pod has started. */
  | 'foreign-secret';

/** The requests of all pods. */
export interface RequestedSecrets {
  /** By {@link secretKey}: a thousand pods of one Deployment are one entry. */
  readonly requests: ReadonlyMap<string, RequestedSecret>;
  readonly ignored: readonly IgnoredMount[];
  /** Uses as environment variables, once for each Secret. Whether they are reported depends on who owns the Secret. */
  readonly inEnvironment: ReadonlyMap<string, RequestedSecret>;
}

/** Returns `<namespace>/<name>`, which identifies a Secret in the cluster. */
export function secretKey(secret: { readonly namespace: string; readonly name: string }): string {
  return `${secret.namespace}/${secret.name}`;
}

/** Collects the Secrets that pods request, and the reason for every mount that requests none. */
export function collectRequestedSecrets(pods: readonly ObservedPod[]): RequestedSecrets {
  const requests = new Map<string, RequestedSecret>();
  const inEnvironment = new Map<string, RequestedSecret>();
  const ignored: IgnoredMount[] = [];
  for (const pod of pods) {
    const createRequest = requestsOf(pod);
    for (const mount of mountsOf(pod, createRequest)) {
      if ('reason' in mount) ignored.push(mount);
      else addRequest(requests, mount);
    }
    for (const [index, variable] of variablesOf(pod, createRequest).entries()) {
      addRequest(requests, variable);
      // Twenty are enough to explain.
      if (index < BUDGET.rolesPerPod) addRequest(inEnvironment, variable);
    }
    ignored.push(...ignoredRestOf(pod));
  }
  return { requests, ignored, inEnvironment };
}

function addRequest(requests: Map<string, RequestedSecret>, request: RequestedSecret): void {
  const key = secretKey({ namespace: request.namespace, name: request.secretName });
  const known = requests.get(key);
  requests.set(key, known === undefined ? request : combined(known, request));
}

function combined(known: RequestedSecret, other: RequestedSecret): RequestedSecret {
  const one = known.isForExisting && !other.isForExisting ? other : known;
  const since = earlierOf(known.since, other.since);
  const isProven = known.isProven || other.isProven;
  // Most of a thousand pods of one Deployment change nothing.
  return one.since === since && one.isProven === isProven ? one : { ...one, since, isProven };
}

function earlierOf(one: Date | undefined, other: Date | undefined): Date | undefined {
  return one === undefined || (other !== undefined && other < one) ? other : one;
}

function* mountsOf(
  observed: ObservedPod,
  createRequest: CreateRequest,
): Generator<RequestedSecret | IgnoredMount> {
  const { secretNames, isGated = false } = observed;
  const pod = referenceTo(observed);
  for (const [index, secretName] of secretNames.entries()) {
    const isOverLimit = index >= BUDGET.rolesPerPod;
    const parsed = parseSecretName(secretName);
    if (parsed.role !== undefined) {
      yield createRequest(secretName, parsed.role, isOverLimit || isGated);
    } else if (!isOverLimit) {
      yield { pod, secretName, reason: parsed.reason, message: parsed.message };
    }
    if (index === BUDGET.rolesPerPod) {
      yield {
        pod,
        secretName,
        reason: 'too-many-roles',
        message: `a pod can request at most ${BUDGET.rolesPerPod} roles; this Secret and the following ones are not created`,
      };
    }
  }
}

/** Returns why the names that were cut of a pod are ignored, with the last name that was not. */
function ignoredRestOf(observed: ObservedPod): readonly IgnoredMount[] {
  const { cutNames } = observed;
  if (cutNames === undefined) return [];
  const considered = usedSecretNames(observed);
  return [
    {
      pod: referenceTo(observed),
      secretName: considered.at(-1) ?? '',
      reason: 'too-many-names',
      message:
        `it is the last one that is considered: the pod uses ${cutNames + considered.length} Secrets. At most ` +
        `${BUDGET.secretNamesPerPod} are considered of a pod, and ${BUDGET.secretNamesPerNamespace} of the pods of a namespace. ` +
        'Until then, no unused Secret is removed from the namespace. Use fewer Secrets',
    },
  ];
}

/** Returns the requests of environment variables. A name that stands for no role requests nothing. */
function variablesOf(
  { environmentNames = [] }: ObservedPod,
  createRequest: CreateRequest,
): readonly RequestedSecret[] {
  return environmentNames.flatMap((secretName) => {
    const { role } = parseSecretName(secretName);
    return role === undefined ? [] : [createRequest(secretName, role, true)];
  });
}

/** Returns what identifies the pod, and what its Events need. */
export function referenceTo({
  namespace,
  name,
  uid,
  createdAt,
  ignoredAnnotations,
}: ObservedPod): PodReference {
  return {
    namespace,
    name,
    uid,
    ...(createdAt === undefined ? {} : { createdAt }),
    ...(ignoredAnnotations === undefined ? {} : { ignoredAnnotations }),
  };
}

type CreateRequest = (secretName: string, role: string, isForExisting: boolean) => RequestedSecret;

/** Returns the function that creates the requests of a pod. */
function requestsOf(observed: ObservedPod): CreateRequest {
  const { namespace, createdAt } = observed;
  const pod = referenceTo(observed);
  // A pod may use tens of thousands of names.
  const proven = new Set(observed.provenNames);
  return (secretName, role, isForExisting) => ({
    namespace,
    secretName,
    role,
    pod,
    since: createdAt,
    isForExisting,
    isProven: proven.has(secretName),
  });
}

/** Why a Secret's name stands for no role although it has the prefix. */
type InvalidNameReason =
  | 'service-account-token'
  | 'impossible-secret-name'
  | 'impossible-role-name';

/** The role that a Secret's name stands for, or why it stands for none. */
type ParsedSecretName =
  | { readonly role: string }
  | { readonly role?: undefined; readonly reason: InvalidNameReason; readonly message: string };

/** Name of a ServiceAccount's token Secret before Kubernetes 1.24: `<account>-token-<suffix without vowels>`. */
const TOKEN_NAME = /-token-[bcdfghjklmnpqrstvwxz2456789]{5}$/;

/** Returns the role in the name of a Secret; undefined when the name has no prefix or is that of no role. */
export function roleInName(name: string): string | undefined {
  return name.startsWith(SECRET_NAME_PREFIX) ? parseSecretName(name).role : undefined;
}

/**
 * Parses the name of a Secret: the role is what follows `aws-iam-`. A Secret's name cannot contain upper case, `/`, `_`,
 * `+`, `=`, `,` or `@`; a role whose name does is requested by an AWSIAMRole.
 *
 * @param name - a name with the prefix, from the spec of a pod
 */
export function parseSecretName(name: string): ParsedSecretName {
  if (!OBJECT_NAME.test(name)) {
    return {
      reason: 'impossible-secret-name',
      message:
        'no Secret can have this name: it may contain only lowercase letters, digits, "-" and ".", at most ' +
        `${MAX_OBJECT_NAME_LENGTH} characters. For a role with uppercase letters or a path, create an AWSIAMRole`,
    };
  }
  const role = name.slice(SECRET_NAME_PREFIX.length);
  if (TOKEN_NAME.test(role)) {
    return {
      reason: 'service-account-token',
      message: 'the name is that of a ServiceAccount token, not of a role',
    };
  }
  if (role.length > MAX_ROLE_NAME_LENGTH) {
    return {
      reason: 'impossible-role-name',
      message: `no IAM role can have this name: it is longer than ${MAX_ROLE_NAME_LENGTH} characters`,
    };
  }
  return { role };
}
