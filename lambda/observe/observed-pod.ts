import { SECRET_NAME_PREFIX } from '../../contract/secret.ts';
import { type ApiObject, identityOf, type PodVolume } from '../../kubernetes/lists/api-object.ts';

/** A pod that mounts a Secret whose name has the prefix. */
export interface ObservedPod {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  /** The mounted names with the prefix, from `secret` and `projected` volumes, in order and without duplicates. Never empty. */
  readonly secretNames: readonly string[];
  /** Absent when the server does not send it. */
  readonly createdAt?: Date;
}

/**
 * Returns what is kept of a pod; undefined when it mounts no Secret whose name has the prefix. In a module of its own,
 * because the forwarder uses it too and bundles no code for lists.
 */
export function observedPod(pod: ApiObject): ObservedPod | undefined {
  const names = (pod.spec?.volumes ?? []).flatMap(secretNamesOf);
  const secretNames = new Set(names.filter((name) => name.startsWith(SECRET_NAME_PREFIX)));
  if (secretNames.size === 0) return undefined;
  const { creationTimestamp } = pod.metadata ?? {};
  return {
    ...identityOf(pod),
    secretNames: [...secretNames],
    ...(creationTimestamp === undefined ? {} : { createdAt: new Date(creationTimestamp) }),
  };
}

function secretNamesOf({ secret, projected }: PodVolume): readonly string[] {
  const sources = (projected?.sources ?? []).map((source) => source.secret?.name);
  return [secret?.secretName, ...sources].filter((name) => name !== undefined);
}
