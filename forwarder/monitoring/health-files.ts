import { join } from 'node:path';
import { createFailureLog } from '../failure-log.ts';
import type { Log } from '../log.ts';
import type { Health } from './health.ts';

/**
 * The health of the process as files, which the probes of the chart read with `sh`. Clients of the metrics can use up all
 * connections and all time of the process; they neither reach these files nor make a probe wait.
 *
 * Each file, `live` and `ready`, has one line: the Unix time, in seconds, until which the process has the state, and a
 * problem if it does not have it. A process that hangs does not write, so the time passes.
 */
export interface HealthFiles {
  /** Writes the current state. */
  write(): void;
  /** Writes the state every few seconds, until the signal aborts. */
  keepWriting(signal: AbortSignal): Promise<void>;
}

interface HealthFilesDeps {
  readonly health: Health;
  /** Why the process is not live or not ready, for the output of the probes. */
  readonly problems: { readonly live: string; readonly ready: string };
  readonly folder: string;
  readonly log: Log;
  now(): Date;
  /** Resolves after the time, or when the signal aborts. */
  sleep(milliseconds: number, signal: AbortSignal): Promise<void>;
  /** Replaces a file at once, so that no reader sees a part of it. */
  replaceFile(path: string, text: string): void;
}

const WRITE_INTERVAL_MS = 5_000;

/** How long a state lasts: a busy process or node may delay three writes. */
const VALID_SECONDS = 20;

/** @throws the error of the file system if the first write fails */
export function createHealthFiles(deps: HealthFilesDeps): HealthFiles {
  const failureLog = createFailureLog(deps, 'writing the health files');
  writeFiles(deps);
  const write = () => {
    try {
      writeFiles(deps);
      failureLog.recovered();
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException;
      failureLog.failed({
        reason: code ?? 'unknown',
        error: message,
        remedy:
          'none needed: the probes fail until it works again, and the kubelet restarts the container',
      });
    }
  };
  return {
    write,
    async keepWriting(signal) {
      while (!signal.aborted) {
        await deps.sleep(WRITE_INTERVAL_MS, signal);
        write();
      }
    },
  };
}

function writeFiles({ health, problems, folder, now, replaceFile }: HealthFilesDeps): void {
  const until = Math.floor(now().getTime() / 1_000) + VALID_SECONDS;
  const line = (isHealthy: boolean, problem: string) =>
    isHealthy ? `${until}\n` : `0 ${problem}\n`;
  replaceFile(join(folder, 'live'), line(health.isLive(), problems.live));
  replaceFile(join(folder, 'ready'), line(health.isReady(), problems.ready));
}
