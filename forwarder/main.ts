/**
 * The forwarder's process: it sends an event to the refresher as soon as a pod or an AWSIAMRole requests credentials.
 * This module connects it to the clock, the files and the signals of the process.
 */
import { ConfigError, errorMessageOf } from '../contract/errors.ts';
import { readForwarderConfig } from './config.ts';
import { startForwarder } from './forwarder.ts';
import { createLog } from './log.ts';
import { stopAtSignals, thisProcess } from './process.ts';

const log = createLog({ ...thisProcess, write: (line) => process.stdout.write(line) });

main().catch((error: unknown) => {
  const message = errorMessageOf(error);
  // The message has a line for each mistake, and the log would only keep the first line.
  if (error instanceof ConfigError) process.stderr.write(`${message}\n`);
  else log.error('the forwarder cannot start', { error: message });
  process.exit(1);
});

async function main(): Promise<void> {
  const config = readForwarderConfig(process.env);
  const forwarder = await startForwarder({ ...thisProcess, config, log });
  stopAtSignals(
    () => forwarder.stop(),
    (signal) => log.info('stopping', { signal }),
  );
}
