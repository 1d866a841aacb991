import type { CredentialRequest } from '../../contract/pod-event.ts';
import type { Store } from '../../local/kubernetes/objects/store.ts';
import type { TrackedObject } from '../invariants/facts.ts';
import { readPod } from '../invariants/read-objects.ts';
import type { Random } from './random.ts';
import type { ActiveFaults } from './fault-injection.ts';
import { MINUTE, type VirtualTime } from './virtual-time.ts';

export interface ForwarderDeps {
  readonly store: Store;
  readonly time: VirtualTime;
  readonly random: Random;
  readonly faults: ActiveFaults;
  /** Takes an event off the bus. */
  readonly deliver: (wanted: readonly CredentialRequest[]) => void;
}

/** Announces pods and AWSIAMRoles as they come, over a bus that may lose, double or delay what it carries. */
export function startForwarder({ store, time, random, faults, deliver }: ForwarderDeps): void {
  const delayOf = () =>
    faults.has('events-late') && random.chance(0.5) ? random.int(0, MINUTE) : random.int(60, 200);
  const announce = (wanted: readonly CredentialRequest[]): void => {
    const isLost = faults.has('events-lost') && random.chance(0.5);
    if (wanted.length === 0 || isLost) return;
    const isDoubled = faults.has('events-doubled') && random.chance(0.5);
    for (let times = isDoubled ? 2 : 1; times > 0; times -= 1) {
      time.after(delayOf(), () => {
        // What invokes the functions is away for events too.
        if (!faults.has('ticks-lost')) deliver(wanted);
      });
    }
  };
  const seenAt = () => time.now().toISOString();
  store.subscribe('pods', ({ type, object }) => {
    if (type !== 'ADDED') return;
    const { namespace = '', name } = object.metadata;
    const { required } = readPod(object as TrackedObject);
    announce(
      [...new Set(required)].map((secret) => ({ namespace, secret, pod: name, seenAt: seenAt() })),
    );
  });
  store.subscribe('awsiamroles.zalando.org', ({ type, object, previous }) => {
    const { namespace = '', name, generation } = object.metadata;
    if (type === 'DELETED' || previous?.metadata.generation === generation) return;
    announce([{ namespace, awsIamRole: name, seenAt: seenAt() }]);
  });
}
