import { setTimeout as sleep } from 'node:timers/promises';

/** A queue of keys. A key that is added again before its turn is processed once. */
interface WorkQueue {
  add(key: string): void;
  /** Waits for the item in progress. No other item is started after that. */
  stop(): Promise<void>;
}

const RETRY_PAUSE_MS = 200;

/** Creates a queue that processes one key at a time, and retries a key whose work fails. */
export function createWorkQueue(work: (key: string) => Promise<void>): WorkQueue {
  const keys = new Set<string>();
  let running: Promise<void> | undefined;
  let isStopped = false;
  const drain = async () => {
    // Starts in another microtask, so that `running` is set before it is reset below.
    await undefined;
    for (const key of keys) {
      if (isStopped) break;
      keys.delete(key);
      await work(key).catch(() => retry(key));
    }
    running = undefined;
  };
  const retry = async (key: string) => {
    await sleep(RETRY_PAUSE_MS);
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
