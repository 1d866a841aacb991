import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';
import { LongestFirst } from './test/support/longest-first.ts';

/** Kinds of tests that take minutes: `npm test` leaves them out, `.ci/run` runs them too. */
const SLOW = {
  alarms: ['test/integration/alarms/alarms.test.ts'],
  'control-plane': [
    'test/contract/real-cluster.test.ts',
    'test/integration/chart/**/*.test.ts',
    'test/integration/cli/{connect,doctor,in-cluster}.test.ts',
    'test/integration/{awsiamroles,observe,ownership,tenant-attacks}.test.ts',
    'test/integration/tenant-floods/*.test.ts',
  ],
  e2e: ['test/e2e/**/*.test.ts'],
  faults: ['test/faults/faults.test.ts'],
  outside: ['test/outside/**/*.test.ts'],
  simulation: [
    'test/simulation/broken-builds.test.ts',
    'test/simulation/killed-at-each-await.test.ts',
    'test/simulation/long-outages.test.ts',
    'test/simulation/raced-at-each-await.test.ts',
    'test/simulation/unseen-pods.test.ts',
  ],
  template: [
    'test/infra/{asset-modes,cfn-lint}.test.ts',
    'test/integration/template/template-mistakes.test.ts',
  ],
};

export default defineConfig({
  test: {
    projects: [
      {
        extends: true,
        test: {
          name: 'default',
          include: ['test/**/*.test.ts'],
          exclude: ['**/node_modules/**', ...Object.values(SLOW).flat()],
        },
      },
      ...Object.entries(SLOW).map(([name, include]) => ({
        extends: true as const,
        test: { name, include },
      })),
    ],
    sequence: { sequencer: LongestFirst },
    globalSetup: ['test/support/run-folder.ts'],
    reporters: ['default', './test/support/report-skipped.ts'],
    // Tests that wait for processes leave CPU time to the others, so two cores are busy with three workers.
    maxWorkers: availableParallelism() + 1,
    // A hang must end, and no test may depend on the speed of the machine: a control plane takes 5 s to start, or 60 s under load.
    testTimeout: 120_000,
    hookTimeout: 240_000,
    unstubEnvs: true,
    // Modules are loaded once for all files of a worker: CDK alone takes more than a second.
    isolate: false,
  },
});
