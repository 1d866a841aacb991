import { SECRET_NAME_PREFIX } from '../../contract/secret.ts';
import type { ObservedPod } from '../observe/pods.ts';

/** The pod that asks, for the report. */
export interface PodReference {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
}

/** A Secret that pods of one namespace want: the key of everything that follows is (namespace, Secret). */
export interface RequestedSecret {
  readonly namespace: string;
  readonly secretName: string;
  readonly role: string;
  /** The first pod that was seen to want it. */
  readonly pod: PodReference;
  /** Whether it is more than a pod may ask for: what is there is kept for the pod, but nothing is made for it. */
  readonly isOverLimit: boolean;
}

/** A mounted Secret that has the prefix and yet asks for nothing. */
export interface IgnoredMount {
  readonly pod: PodReference;
  readonly secretName: string;
  readonly reason: InvalidNameReason | 'too-many-roles';
  readonly message: string;
}

/** What pods ask for. */
export interface RequestedSecrets {
  /** By {@link secretKey}; a thousand pods of one Deployment make one entry. */
  readonly requests: ReadonlyMap<string, RequestedSecret>;
  readonly ignored: readonly IgnoredMount[];
}

/**
 * How many roles a pod may ask for. A pod's object has room for some 15,000 names, and each that is allowed by a pattern
 * would cost a call to STS, of which the whole account has 600 a second.
 */
const MAX_ROLES_PER_POD = 20;

/** What a Secret is called across namespaces: `<namespace>/<name>`, which no two can share. */
export function secretKey(secret: { readonly namespace: string; readonly name: string }): string {
  return `${secret.namespace}/${secret.name}`;
}

/** Collects the Secrets that pods want, all that each mounts, and gives a reason for every mount that asks for nothing. */
export function collectRequestedSecrets(pods: readonly ObservedPod[]): RequestedSecrets {
  const requests = new Map<string, RequestedSecret>();
  const ignored: IgnoredMount[] = [];
  for (const pod of pods) {
    for (const mount of mountsOf(pod)) {
      if ('reason' in mount) {
        ignored.push(mount);
        continue;
      }
      const key = secretKey({ namespace: mount.namespace, name: mount.secretName });
      const known = requests.get(key);
      if (known === undefined || (known.isOverLimit && !mount.isOverLimit)) requests.set(key, mount);
    }
  }
  return { requests, ignored };
}

function* mountsOf(observed: ObservedPod): Generator<RequestedSecret | IgnoredMount> {
  const { namespace, name, uid, secretNames } = observed;
  const pod = { namespace, name, uid };
  for (const [index, secretName] of secretNames.entries()) {
    const isSurplus = index >= MAX_ROLES_PER_POD;
    const named = parseSecretName(secretName);
    if (named.role !== undefined) {
      yield { namespace, secretName, role: named.role, pod, isOverLimit: isSurplus };
    } else if (!isSurplus) {
      yield { pod, secretName, reason: named.reason, message: named.message };
    }
    if (index === MAX_ROLES_PER_POD) yield beyondTheMost(pod, secretName);
  }
}

function beyondTheMost(pod: PodReference, secretName: string): IgnoredMount {
  return {
    pod,
    secretName,
    reason: 'too-many-roles',
    message: `a pod can ask for ${MAX_ROLES_PER_POD} roles; nothing is made for this one and what comes after it`,
  };
}

/** Why a Secret whose name begins with the prefix cannot be one of ours. */
export type InvalidNameReason = 'service-account-token' | 'impossible-secret-name' | 'impossible-role-name';

/** The role that a Secret's name stands for, or why it stands for none. */
export type ParsedSecretName =
  | { readonly role: string }
  | { readonly role?: undefined; readonly reason: InvalidNameReason; readonly message: string };

/** Names of Secrets: a DNS-1123 subdomain of at most 253 characters (Kubernetes object names). */
const LABEL = /^[a-z0-9](?:[a-z0-9-]*[a-z0-9])?$/;
const LONGEST_SECRET_NAME = 253;
/** Longest name of an IAM role. */
const LONGEST_ROLE_NAME = 64;
/** What Kubernetes before 1.24 called the token of a ServiceAccount `aws-iam-…`; the suffix has no vowels. */
const TOKEN_NAME = /-token-[bcdfghjklmnpqrstvwxz2456789]{5}$/;

/**
 * Reads the role out of a Secret's name: what follows `aws-iam-`. A Secret's name can hold neither upper case nor `/`,
 * `_`, `+`, `=`, `,` or `@`, so a role that has one needs another way to be named.
 *
 * @param name - a name that begins with the prefix; it comes from a pod's author
 */
export function parseSecretName(name: string): ParsedSecretName {
  if (name.length > LONGEST_SECRET_NAME || !name.split('.').every((label) => LABEL.test(label))) {
    return {
      reason: 'impossible-secret-name',
      message:
        'no Secret can have this name: Kubernetes allows lower-case letters, digits, "-" and "." only, ' +
        `${LONGEST_SECRET_NAME} characters at most, so a role with upper case or a path cannot be named this way`,
    };
  }
  const role = name.slice(SECRET_NAME_PREFIX.length);
  if (TOKEN_NAME.test(role)) {
    return {
      reason: 'service-account-token',
      message: 'this is the name of a ServiceAccount token, not of a role',
    };
  }
  if (role.length > LONGEST_ROLE_NAME) {
    return {
      reason: 'impossible-role-name',
      message: `no IAM role can have this name: it is longer than ${LONGEST_ROLE_NAME} characters`,
    };
  }
  return { role };
}
