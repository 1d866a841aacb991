import type { CredentialRequest } from '../../../contract/pod-event.ts';
import type { Store } from '../../../local/kubernetes/objects/store.ts';
import type { TrackedObject } from '../../invariants/facts.ts';
import { readPod } from '../../invariants/read-objects.ts';
import type { ActiveFaults } from './fault-injection.ts';
import type { Random } from './random.ts';
import { MINUTE, type VirtualTime } from './virtual-time.ts';

interface ForwarderDeps {
  readonly store: Store;
  readonly time: VirtualTime;
  readonly random: Random;
  readonly faults: ActiveFaults;
  /** Delivers an event to the function. */
  readonly deliver: (wanted: readonly CredentialRequest[]) => void;
}

/** Sends events for new pods and AWSIAMRoles, over a bus that may lose, duplicate or delay them. */
export function startForwarder({ store, time, random, faults, deliver }: ForwarderDeps): void {
  const delayOf = () =>
    faults.has('events-late') && random.chance(0.5) ? random.int(0, MINUTE) : random.int(60, 200);
  const send = (wanted: readonly CredentialRequest[]): void => {
    const isLost = faults.has('events-lost') && random.chance(0.5);
    if (wanted.length === 0 || isLost) return;
    const isDuplicated = faults.has('events-duplicated') && random.chance(0.5);
    for (let times = isDuplicated ? 2 : 1; times > 0; times -= 1) {
      time.after(delayOf(), () => {
        // This fault also affects invocations by events.
        if (!faults.has('schedules-lost')) deliver(wanted);
      });
    }
  };
  const seenAt = () => time.now().toISOString();
  store.subscribe('pods', ({ type, object }) => {
    if (type !== 'ADDED') return;
    const { namespace = '', name } = object.metadata;
    const { required } = readPod(object as TrackedObject);
    send(
      [...new Set(required)].map((secret) => ({ namespace, secret, pod: name, seenAt: seenAt() })),
    );
  });
  store.subscribe('awsiamroles.zalando.org', ({ type, object, previous }) => {
    const { namespace = '', name, generation } = object.metadata;
    if (type === 'DELETED' || previous?.metadata.generation === generation) return;
    send([{ namespace, awsIamRole: name, seenAt: seenAt() }]);
  });
}
