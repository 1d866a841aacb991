/**
 * Builds the readers that have to be built, of the SDKs for Go and Java, where there are Go and Maven. They download the
 * SDKs, so no test does that; `npm run test:e2e` has them read when they are there.
 *
 *     npm run readers:build
 */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

const BUILDS = [
  { sdk: 'Go', command: 'go', parameters: ['build', '-o', 'target/reader', '.'] },
  {
    sdk: 'Java',
    command: 'mvn',
    parameters: ['-q', '-B', 'compile', 'dependency:copy-dependencies', '-DincludeScope=runtime'],
  },
] as const;

for (const { sdk, command, parameters } of BUILDS) {
  const cwd = join(import.meta.dirname, sdk.toLowerCase());
  const { error, status } = spawnSync(command, parameters, { cwd, stdio: 'inherit' });
  if (error !== undefined) console.log(`skipped ${sdk}: ${command} is not there`);
  else if (status === 0) console.log(`built the reader of the SDK for ${sdk}`);
  else process.exitCode = 1;
}
