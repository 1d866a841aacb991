import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: ['test/support/run-folder.ts'],
    // The long ones wait for processes beside them, so that two at once take little more than one on two cores.
    maxWorkers: Math.max(2, Math.floor(availableParallelism() / 2)),
    // A real control plane starts in some 5 s on two busy cores; a hang must still end.
    testTimeout: 60_000,
    hookTimeout: 120_000,
    unstubEnvs: true,
    // What several files load is loaded once in each worker: CDK alone takes more than a second.
    isolate: false,
  },
});
