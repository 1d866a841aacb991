import type { CredentialRequest } from '../../../contract/pod-event.ts';
import type { ActiveFaults } from './fault-injection.ts';
import type { Random } from './random.ts';
import { MINUTE, type VirtualTime } from './virtual-time.ts';

interface EventBusDeps {
  readonly time: VirtualTime;
  readonly random: Random;
  readonly faults: ActiveFaults;
  /** Delivers an event to the function. */
  readonly deliver: (wanted: readonly CredentialRequest[]) => void;
}

/** Whoever has the forwarder's credentials can publish events. */
export interface EventBus {
  publish(wanted: readonly CredentialRequest[]): void;
}

/** Creates a bus that may lose, duplicate or delay events. */
export function createEventBus({ time, random, faults, deliver }: EventBusDeps): EventBus {
  const delayOf = () =>
    faults.has('events-late') && random.chance(0.5) ? random.int(0, MINUTE) : random.int(40, 160);
  return {
    publish(wanted) {
      if (faults.has('events-lost') && random.chance(0.5)) return;
      const isDuplicated = faults.has('events-duplicated') && random.chance(0.5);
      for (let times = isDuplicated ? 2 : 1; times > 0; times -= 1) {
        time.after(delayOf(), () => {
          // This fault also affects invocations by events.
          if (!faults.has('schedules-lost')) deliver(wanted);
        });
      }
    },
  };
}
