import { SECRET_NAME_PREFIX } from '../../contract/secret.ts';
import { identityOf } from '../../kubernetes/lists/identity.ts';
import type { ApiObject, PodVolume } from '../../kubernetes/lists/list-body.ts';
import type { ObservedPod } from './cluster-view.ts';

/** What is kept of a pod, or undefined when it mounts no Secret whose name begins with the prefix. */
export function observedPod(pod: ApiObject): ObservedPod | undefined {
  const names = (pod.spec?.volumes ?? []).flatMap(secretNamesIn);
  const secretNames = new Set(names.filter((name) => name.startsWith(SECRET_NAME_PREFIX)));
  if (secretNames.size === 0) return undefined;
  const { creationTimestamp } = pod.metadata ?? {};
  return {
    ...identityOf(pod),
    secretNames: [...secretNames],
    ...(creationTimestamp === undefined ? {} : { createdAt: new Date(creationTimestamp) }),
  };
}

function secretNamesIn({ secret, projected }: PodVolume): readonly string[] {
  const sources = (projected?.sources ?? []).map((source) => source.secret?.name);
  return [secret?.secretName, ...sources].filter((name) => name !== undefined);
}
