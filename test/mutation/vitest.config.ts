import { defineConfig } from 'vitest/config';

/** The tests that know what decide/ has to decide; none of them starts a process or a server. */
export default defineConfig({
  test: {
    include: [
      'test/unit/lambda/decide/**/*.test.ts',
      'test/unit/lambda/act/run-plan.test.ts',
      'test/unit/lambda/run-pass.test.ts',
      'test/unit/lambda/run-pod-event.test.ts',
      'test/unit/lambda/run-pod-event-laws.test.ts',
    ],
  },
});
