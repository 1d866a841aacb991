import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readConfig as readForwarderConfig } from '../../forwarder/config.ts';
import { readConfig as readSettings, SettingsError } from '../../infra/config.ts';
import { SETTING_NAMES } from '../../infra/setting-mistakes.ts';
import { readConfig } from '../../lambda/config.ts';
import { ENVIRONMENT } from '../../lambda/contract/environment.ts';
import { FORWARDER_ENVIRONMENT } from '../../lambda/contract/forwarder.ts';
import { ConfigError } from '../../lambda/errors.ts';
import { EXAMPLES, hostileText, hostileValue } from './hostile.ts';

/** Reads it, or fails with the class that lists every mistake. */
function expectReadOr(mistake: new (...parts: never[]) => Error, read: () => unknown): void {
  try {
    read();
  } catch (error) {
    expect(error).toBeInstanceOf(mistake);
    expect((error as Error).message).toMatch(/mistake/);
  }
}

const environmentOf = (names: readonly string[]) =>
  fc.dictionary(
    fc.constantFrom(...names),
    fc.oneof(hostileText, fc.constantFrom('[]', '["a"]', '{}', '1800', 'required', 'glob')),
    { maxKeys: names.length },
  );

describe('whatever is configured', () => {
  it('in the environment of the functions', () => {
    const names = ['AWS_REGION', ...Object.values(ENVIRONMENT)];
    fc.assert(
      fc.property(environmentOf(names), (environment) =>
        expectReadOr(ConfigError, () => readConfig(environment)),
      ),
      EXAMPLES,
    );
  });

  it('in the environment of the forwarder', () => {
    const names = [
      'AWS_REGION',
      'KUBERNETES_SERVICE_HOST',
      'KUBERNETES_SERVICE_PORT',
      ...Object.values(FORWARDER_ENVIRONMENT),
    ];
    fc.assert(
      fc.property(environmentOf(names), (environment) =>
        expectReadOr(ConfigError, () => readForwarderConfig(environment)),
      ),
      EXAMPLES,
    );
  });

  it('in cdk.json and by -c', () => {
    const setting = fc.constantFrom(...SETTING_NAMES);
    const cluster = fc.dictionary(setting, hostileValue);
    const good = { clusterName: 'test', assumableRoles: ['app-*'] };
    const context = fc.record({
      clusters: fc.oneof(
        hostileValue,
        fc.array(cluster.map((settings) => ({ ...good, ...settings }))),
      ),
      overrides: fc.dictionary(fc.oneof(setting, hostileText), hostileValue),
    });
    fc.assert(
      fc.property(context, ({ clusters, overrides }) =>
        expectReadOr(SettingsError, () => readSettings({ ...overrides, clusters })),
      ),
      EXAMPLES,
    );
  });
});
