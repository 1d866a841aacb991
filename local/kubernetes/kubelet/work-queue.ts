import { setTimeout as sleep } from 'node:timers/promises';

/** Things to do, each named by a key. A key that is added twice before its turn is done once. */
export interface WorkQueue {
  add(key: string): void;
  /** Is there when nothing is being done any more. Nothing is begun after that. */
  stop(): Promise<void>;
}

/** After work has failed it is tried again, in milliseconds. */
const RETRY_MILLISECONDS = 200;

/** A queue that does one thing at a time. */
export function workQueue(work: (key: string) => Promise<void>): WorkQueue {
  const keys = new Set<string>();
  let running: Promise<void> | undefined;
  let isStopped = false;
  const drain = async () => {
    // Begun in a turn of its own, so that `running` is set before it can be over.
    await undefined;
    for (const key of keys) {
      if (isStopped) break;
      keys.delete(key);
      await work(key).catch(() => retry(key));
    }
    running = undefined;
  };
  const retry = async (key: string) => {
    await sleep(RETRY_MILLISECONDS);
    keys.add(key);
  };
  return {
    add(key) {
      keys.add(key);
      running ??= drain();
    },
    async stop() {
      isStopped = true;
      await running;
    },
  };
}
