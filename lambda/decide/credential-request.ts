import type { ObservedPod } from '../observe/cluster-view.ts';
import { type NotARole, roleOfSecret } from './role-of-secret.ts';

/** The pod that asks, for the report. */
export interface PodReference {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
}

/** A Secret that pods of one namespace want: the key of everything that follows is (namespace, Secret). */
export interface CredentialRequest {
  readonly namespace: string;
  readonly secretName: string;
  readonly role: string;
  /** The first pod that was seen to want it. */
  readonly pod: PodReference;
}

/** A mounted Secret that has the prefix and yet names no role. */
export interface IgnoredMount {
  readonly pod: PodReference;
  readonly secretName: string;
  readonly reason: NotARole;
  readonly message: string;
}

/** What pods ask for. */
export interface PodRequests {
  /** By {@link secretKey}; a thousand pods of one Deployment make one entry. */
  readonly requests: ReadonlyMap<string, CredentialRequest>;
  readonly ignored: readonly IgnoredMount[];
}

/** What a Secret is called across namespaces: `<namespace>/<name>`, which no two can share. */
export function secretKey(secret: { readonly namespace: string; readonly name: string }): string {
  return `${secret.namespace}/${secret.name}`;
}

/** Collects the Secrets that pods want, all that each mounts, and gives a reason for every mount that asks for nothing. */
export function collectRequests(pods: readonly ObservedPod[]): PodRequests {
  const requests = new Map<string, CredentialRequest>();
  const ignored: IgnoredMount[] = [];
  for (const { namespace, name, uid, secrets } of pods) {
    const pod = { namespace, name, uid };
    for (const secret of secrets) {
      const key = secretKey({ namespace, name: secret.name });
      if (requests.has(key)) continue;
      const named = roleOfSecret(secret.name);
      if (named.role === undefined) {
        ignored.push({
          pod,
          secretName: secret.name,
          reason: named.reason,
          message: named.message,
        });
      } else {
        requests.set(key, { namespace, secretName: secret.name, role: named.role, pod });
      }
    }
  }
  return { requests, ignored };
}
