import type { Store } from '../../../local/kubernetes/objects/store.ts';
import type { StoredObject } from '../../../local/kubernetes/objects/stored-object.ts';
import type { TrackedObject } from '../../invariants/facts.ts';
import { readPod } from '../../invariants/read-objects.ts';
import { SECOND, type VirtualTime } from './virtual-time.ts';

/** When a kubelet first mounts a pod's volumes, and how long it waits between retries. */
const FIRST_SYNC_MS = 0.3 * SECOND;
const FIRST_WAIT_MS = 0.5 * SECOND;
const MAX_WAIT_MS = 122 * SECOND;

/** Starts pods once their required Secrets exist, as a kubelet does. */
export function followPods(store: Store, time: VirtualTime): void {
  const sync = (uid: string, key: { namespace: string; name: string }, wait: number): void => {
    const pod = store.get('pods', key.namespace, key.name);
    if (pod?.metadata.uid !== uid || pod.metadata.deletionTimestamp !== undefined) return;
    const { required } = readPod(pod as TrackedObject);
    if (
      !isGated(pod) &&
      required.every((name) => store.get('secrets', key.namespace, name) !== undefined)
    ) {
      store.put('pods', withPhase(pod, 'Running'));
      return;
    }
    time.after(wait, () => sync(uid, key, Math.min(2 * wait, MAX_WAIT_MS)));
  };
  store.subscribe('pods', ({ type, object: { metadata } }) => {
    const { namespace = '', name, uid } = metadata;
    if (type === 'ADDED')
      time.after(FIRST_SYNC_MS, () => sync(uid, { namespace, name }, FIRST_WAIT_MS));
  });
}

function isGated(pod: StoredObject): boolean {
  const { spec } = pod as StoredObject & {
    readonly spec?: { schedulingGates?: readonly unknown[] };
  };
  return (spec?.schedulingGates ?? []).length > 0;
}

/** Returns the pod in another phase. */
export function withPhase(pod: StoredObject, phase: 'Running' | 'Succeeded'): StoredObject {
  const { status = {} } = pod as StoredObject & { readonly status?: object };
  return { ...pod, ...{ status: { ...status, phase } } };
}
