/**
 * The refresher's process in the cluster (setting `runsIn`). This module connects it to the clock, the files and the signals of
 * the process.
 */
import { randomUUID } from 'node:crypto';
import { ConfigError, errorMessageOf } from '../contract/errors.ts';
import { createLog } from '../forwarder/log.ts';
import { stopAtSignals, thisProcess } from '../forwarder/process.ts';
import { readInClusterConfig } from './config.ts';
import { divertOutput } from './monitoring/log-lines.ts';
import { startRefresher } from './refresher.ts';

const log = createLog({ ...thisProcess, write: (line) => process.stdout.write(line) });

main().catch((error: unknown) => {
  const message = errorMessageOf(error);
  // The message has a line for each mistake, and the log would only keep the first line.
  if (error instanceof ConfigError) process.stderr.write(`${message}\n`);
  else log.error('the refresher cannot start', { error: message });
  process.exit(1);
});

async function main(): Promise<void> {
  const refresher = await startRefresher({
    ...thisProcess,
    config: readInClusterConfig(),
    log,
    processId: randomUUID().slice(0, 8),
    divertOutput: (receivers) => divertOutput(process.stdout, receivers),
    elapsedMs: () => performance.now(),
  });
  stopAtSignals(
    () => refresher.stop(),
    (signal) => log.info('stopping', { signal }),
  );
}
