/**
 * The forwarder's process: it sends an event to the refresher as soon as a pod or an AWSIAMRole requests credentials.
 * This module connects it to the clock, the files and the signals of the process.
 */
import { renameSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { setTimeout as wait } from 'node:timers/promises';
import { ConfigError, errorMessageOf } from '../contract/errors.ts';
import { readForwarderConfig } from './config.ts';
import { startForwarder } from './forwarder.ts';
import { createLog } from './log.ts';

const now = () => new Date();
const log = createLog({ now, write: (line) => process.stdout.write(line) });

main().catch((error: unknown) => {
  const message = errorMessageOf(error);
  // The message has a line for each mistake, and the log would only keep the first line.
  if (error instanceof ConfigError) process.stderr.write(`${message}\n`);
  else log.error('the forwarder cannot start', { error: message });
  process.exit(1);
});

async function main(): Promise<void> {
  const forwarder = await startForwarder({
    config: readForwarderConfig(process.env),
    log,
    now,
    random: Math.random,
    sleep: (milliseconds, signal) =>
      wait(milliseconds, undefined, { ...(signal && { signal }) }).catch(() => {}),
    readFile: (path) => readFile(path, 'utf8'),
    replaceFile,
    residentBytes: () => process.memoryUsage.rss(),
    cpuSeconds: () => {
      const { user, system } = process.cpuUsage();
      return (user + system) / 1_000_000;
    },
  });
  const stop = (signal: NodeJS.Signals) => {
    log.info('stopping', { signal });
    forwarder.stop().then(
      () => process.exit(0),
      () => process.exit(1),
    );
  };
  process.once('SIGTERM', stop);
  process.once('SIGINT', stop);
}

function replaceFile(path: string, text: string): void {
  const next = `${path}.next`;
  writeFileSync(next, text);
  renameSync(next, path);
}
