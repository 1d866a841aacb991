/**
 * The forwarder's process: it tells the refresher of pods and AWSIAMRoles that want credentials, as soon as they are
 * there. Everything that it gets from outside is put together here.
 */
import { readFile } from 'node:fs/promises';
import { setTimeout as wait } from 'node:timers/promises';
import { ConfigError } from '../contract/errors.ts';
import { readConfig } from './config.ts';
import { startForwarder } from './forwarder.ts';
import { createLog } from './log.ts';

const now = () => new Date();
const log = createLog({ now, write: (line) => process.stdout.write(line) });

run().catch((error: unknown) => {
  const text = error instanceof Error ? error.message : String(error);
  // Its mistakes have a line each, and the log keeps the first line of a text only.
  if (error instanceof ConfigError) process.stderr.write(`${text}\n`);
  else log.error('the forwarder cannot start', { error: text });
  process.exit(1);
});

async function run(): Promise<void> {
  const forwarder = await startForwarder({
    config: readConfig(process.env),
    log,
    now,
    random: Math.random,
    sleep: (milliseconds, signal) =>
      wait(milliseconds, undefined, { ...(signal && { signal }) }).catch(() => {}),
    readFile: (path) => readFile(path, 'utf8'),
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
