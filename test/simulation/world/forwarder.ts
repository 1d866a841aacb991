import { createOutbox } from '../../../forwarder/sending/outbox.ts';
import {
  findPodRequests,
  findResourceRequests,
} from '../../../forwarder/watching/find-requests.ts';
import type { WatchedObject } from '../../../forwarder/watching/watch-event.ts';
import type { Change, Store } from '../../../local/kubernetes/objects/store.ts';
import type { EventBus } from './event-bus.ts';
import type { Random } from './random.ts';
import type { VirtualTime } from './virtual-time.ts';

interface ForwarderDeps {
  readonly store: Store;
  readonly time: VirtualTime;
  readonly random: Random;
  readonly bus: EventBus;
}

const PENDING: ReadonlySet<unknown> = new Set([undefined, 'Pending']);

/** Starts the forwarder's queue of requests for pending pods and AWSIAMRoles, whose watches never break off. */
export function startForwarder({ store, time, random, bus }: ForwarderDeps): void {
  const sleep = (milliseconds: number) =>
    new Promise<void>((resolve) => time.after(milliseconds, resolve));
  const outbox = createOutbox({
    now: () => time.now(),
    random: () => 0,
    sleep,
    async send(wanted) {
      await sleep(random.int(10, 40));
      bus.publish(wanted);
    },
    accepted() {},
    dropped() {},
    exceeded() {},
    failed(error) {
      throw error;
    },
  });
  const follow = (collection: string, findRequests: typeof findPodRequests) =>
    store.subscribe(collection, ({ type, object }: Change) => {
      if (type === 'DELETED') return;
      const kind = type === 'ADDED' ? 'added' : 'modified';
      outbox.add(findRequests({ kind, object: object as WatchedObject }, time.now()));
    });
  follow('pods', (change, seenAt) =>
    PENDING.has(change.object.status?.phase) ? findPodRequests(change, seenAt) : [],
  );
  follow('awsiamroles.zalando.org', findResourceRequests);
}
