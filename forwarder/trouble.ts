import type { Log } from './log.ts';

/** Something that goes wrong again and again, and what a person can do about it. */
export interface Failure {
  /** Which trouble it is: as long as this stays the same, it is logged once. */
  readonly reason: string;
  /** Of an HTTP answer. */
  readonly status?: number | undefined;
  /** What the other side, or Node, said. */
  readonly error: string;
  readonly remedy: string;
}

/** Remembers whether something is in trouble, so that the log has a line when it begins or changes, and one when it ends. */
export interface Trouble {
  begin(failure: Failure): void;
  end(): void;
}

export interface TroubleDeps {
  readonly log: Log;
  now(): Date;
}

/** @param what - what is in trouble, as the subject of a sentence: `watching pods` */
export function createTrouble({ log, now }: TroubleDeps, what: string): Trouble {
  let current: { readonly reason: string; readonly since: Date } | undefined;
  return {
    begin(failure) {
      if (current?.reason === failure.reason) return;
      current = { reason: failure.reason, since: current?.since ?? now() };
      log.warn(`${what} fails and is tried again`, { ...failure });
    },
    end() {
      if (current === undefined) return;
      const seconds = (now().getTime() - current.since.getTime()) / 1_000;
      current = undefined;
      log.info(`${what} works again`, { seconds });
    },
  };
}
