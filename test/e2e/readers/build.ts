/**
 * Builds the readers for the AWS SDKs for Go and Java, where Go and Maven are installed. It downloads the SDKs, so no test
 * does it; `npm run test:e2e` uses the readers when they are built.
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
  if (error !== undefined) console.log(`skipped ${sdk}: ${command} is not installed`);
  else if (status === 0) console.log(`built the reader of the SDK for ${sdk}`);
  else process.exitCode = 1;
}
