import type { Agent } from 'node:http';

/**
 * After a longer pause sockets are not used again, in milliseconds: AWS's own SDK for Java drops them after as long
 * (`connectionMaxIdleTime`). A function that was frozen has not noticed which of them ended, and the SDK would find out by a
 * failed call and wait before the next.
 */
const TRUSTED_IDLE_MILLISECONDS = 60_000;

/**
 * Makes what is to be called before each use of the agents: after a pause it drops their idle sockets. Those in use stay.
 */
export function idleSocketsDropped(agents: readonly Agent[], now: () => Date): () => void {
  let usedAt = now().getTime();
  return () => {
    const at = now().getTime();
    const isStale = at - usedAt > TRUSTED_IDLE_MILLISECONDS;
    usedAt = at;
    if (!isStale) return;
    for (const agent of agents) {
      for (const socket of Object.values(agent.freeSockets).flat()) socket?.destroy();
    }
  };
}
