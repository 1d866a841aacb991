/**
 * Mutation testing of lambda/decide: `npm run test:mutation`. Not part of CI: it runs the tests of decide/ once for each
 * of some hundred changed lines.
 *
 * @type {import('@stryker-mutator/api/core').PartialStrykerOptions}
 */
export default {
  mutate: ['lambda/decide/**/*.ts'],
  testRunner: 'vitest',
  vitest: { configFile: 'test/mutation/vitest.config.ts', related: false },
  plugins: ['@stryker-mutator/vitest-runner'],
  // Node strips the types by itself; there is nothing that this would have to rewrite.
  tsconfigFile: 'none',
  ignorePatterns: ['/bin', '/docs', '/infra', '/cdk.out'],
  concurrency: 2,
  reporters: ['clear-text', 'html', 'json'],
  clearTextReporter: { reportTests: false, logTests: false },
  htmlReporter: { fileName: 'test/mutation/report/mutation.html' },
  jsonReporter: { fileName: 'test/mutation/report/mutation.json' },
  allowEmpty: false,
};
