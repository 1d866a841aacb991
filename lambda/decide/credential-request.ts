import type { ObservedPod } from '../observe/cluster-view.ts';
import { type NotARole, roleOfSecret } from './role-of-secret.ts';

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
  readonly isSurplus: boolean;
}

/** A mounted Secret that has the prefix and yet asks for nothing. */
export interface IgnoredMount {
  readonly pod: PodReference;
  readonly secretName: string;
  readonly reason: NotARole | 'too-many-roles';
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
      if (known === undefined || (known.isSurplus && !mount.isSurplus)) requests.set(key, mount);
    }
  }
  return { requests, ignored };
}

function* mountsOf(observed: ObservedPod): Generator<RequestedSecret | IgnoredMount> {
  const { namespace, name, uid, secretNames } = observed;
  const pod = { namespace, name, uid };
  for (const [index, secretName] of secretNames.entries()) {
    const isSurplus = index >= MAX_ROLES_PER_POD;
    const named = roleOfSecret(secretName);
    if (named.role !== undefined) {
      yield { namespace, secretName, role: named.role, pod, isSurplus };
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
