import { renameSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { setTimeout as wait } from 'node:timers/promises';

/** The clock, the files and the figures of the process that this code runs in. */
export const thisProcess = {
  now: () => new Date(),
  random: Math.random,
  /** Resolves after the time, or at once when the signal aborts; never rejects. */
  sleep: (milliseconds: number, signal?: AbortSignal): Promise<void> =>
    wait(milliseconds, undefined, { ...(signal && { signal }) }).catch(() => {}),
  readFile: (path: string) => readFile(path, 'utf8'),
  /** Replaces a file at once, so that no reader sees a part of it. */
  replaceFile(path: string, text: string): void {
    const next = `${path}.next`;
    writeFileSync(next, text);
    renameSync(next, path);
  },
  residentBytes: () => process.memoryUsage.rss(),
  cpuSeconds: () => {
    const { user, system } = process.cpuUsage();
    return (user + system) / 1_000_000;
  },
} as const;

/** Calls `stop` at SIGTERM or SIGINT, and then ends the process. */
export function stopAtSignals(
  stop: () => Promise<void>,
  stopping: (signal: NodeJS.Signals) => void,
): void {
  const end = (signal: NodeJS.Signals) => {
    stopping(signal);
    stop().then(
      () => process.exit(0),
      () => process.exit(1),
    );
  };
  process.once('SIGTERM', end);
  process.once('SIGINT', end);
}
