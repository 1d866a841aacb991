import type { Agent } from 'undici';
import type { ClusterAddress } from '../eks/cluster-endpoint.ts';
import type { Remembered } from './cached-value.ts';
import { createAgent } from './http-exchange.ts';

/** Open connections to the cluster at one address. */
export interface ClusterLine {
  readonly address: ClusterAddress;
  readonly agent: Agent;
}

/** The line that is in use. */
export interface CurrentLine {
  get(): Promise<ClusterLine>;
  /** Takes a line that is found broken out of use, if it still is in use. What is under way on it may end. */
  drop(line: ClusterLine): void;
  close(): Promise<void>;
}

/**
 * After a longer pause, connections are not used again, in milliseconds. The API server has closed them by then (after
 * 90 s), and some that are on the way, which a frozen function does not notice: a load balancer or a security group
 * drops what was idle for 350 s without a word, and a request on it would wait for its timeout.
 */
const TRUSTED_IDLE_MILLISECONDS = 85_000;

/** Keeps one line open and replaces it when the address changes or it was long out of use. */
export function currentLine(endpoint: Remembered<ClusterAddress>, now: () => Date): CurrentLine {
  let line: ClusterLine | undefined;
  let usedAt = 0;

  function drop(dropped: ClusterLine): void {
    if (line !== dropped) return;
    line = undefined;
    void dropped.agent.close();
  }

  return {
    async get() {
      const address = await endpoint.get();
      const at = now().getTime();
      const wasIdle = at - usedAt > TRUSTED_IDLE_MILLISECONDS;
      if (line !== undefined && (wasIdle || line.address !== address)) drop(line);
      usedAt = at;
      line ??= { address, agent: createAgent(address.certificateAuthority) };
      return line;
    },
    drop,
    async close() {
      await line?.agent.close();
      line = undefined;
    },
  };
}
