import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ConfigError } from '../../contract/errors.ts';
import { readForwarderConfig } from '../../forwarder/config.ts';
import { kubernetesStream } from '../../forwarder/watching/kubernetes-stream.ts';
import { readServiceAccount } from '../../forwarder/watching/service-account.ts';
import { readClusterSettings, SettingsError } from '../../infra/settings/read-cluster-settings.ts';
import { readConfig as readFunctionConfig } from '../../lambda/config.ts';
import { NOW } from '../support/builders/builders.ts';
import { FUNCTION_ENVIRONMENT } from '../support/builders/function-environment.ts';
import { FOREVER } from '../unit/kubernetes/fake-connection.ts';
import { arbitraryValue } from './arbitrary-values.ts';
import { mutatedJson } from './mutated-json.ts';
import { numRuns } from './num-runs.ts';

const FUNCTION = { ...FUNCTION_ENVIRONMENT, EXCLUDED_NAMESPACES: '["kube-system"]' };
const FORWARDER = {
  AWS_REGION: 'eu-west-1',
  EVENT_BUS_NAME: 'kube-aws-iam-prod',
  NAMESPACES: '["shop"]',
  EXCLUDED_NAMESPACES: '["kube-system"]',
  KUBERNETES_SERVICE_HOST: '10.0.0.1',
  KUBERNETES_SERVICE_PORT: '443',
  HEALTH_FOLDER: '/health',
  PORT: '8080',
};

/** Returns the environment with some variables set to any value. */
function environmentLike(valid: Readonly<Record<string, string>>) {
  const text = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.constantFrom('[]', ''),
    arbitraryValue.map((value) => JSON.stringify(value)),
    fc.constantFrom(
      '',
      ' ',
      '\n',
      '[]',
      '[""]',
      '["a", 1]',
      '1800\n',
      '0x10',
      '1e3',
      '-1',
      'toString',
    ),
    fc.constantFrom(`arn:aws:iam::123456789012:role/${'a-'.repeat(20_000)} `, '['.repeat(9_000)),
  );
  const keys = Object.keys(valid);
  return fc
    .dictionary(fc.constantFrom(...keys), fc.option(text, { nil: undefined }), { minKeys: 1 })
    .map((changed) => ({ ...valid, ...changed }) as Record<string, string | undefined>);
}

describe('an environment of any value', () => {
  it('of a function is a complete configuration, or a ConfigError', () => {
    fc.assert(
      fc.property(environmentLike(FUNCTION), (environment) => {
        try {
          const { policy, refreshBeforeSeconds, scope } = readFunctionConfig(environment);
          expect(policy.assumableRoles.length).toBeGreaterThan(0);
          expect(policy.baseRoleArn).toMatch(/^arn:\S+:role\/(?:\S*\/)?$/);
          expect(Number.isInteger(refreshBeforeSeconds)).toBe(true);
          for (const name of [...scope.only, ...scope.except]) expect(name).toBeTypeOf('string');
        } catch (error) {
          expect(error).toBeInstanceOf(ConfigError);
        }
      }),
      numRuns(700),
    );
  });

  it('of the forwarder is a complete configuration, or a ConfigError', () => {
    fc.assert(
      fc.property(environmentLike(FORWARDER), (environment) => {
        try {
          const { apiServer, port } = readForwarderConfig(environment);
          const { host } = apiServer;
          const url = `https://${host.includes(':') ? `[${host}]` : host}:${apiServer.port}`;
          expect(host.includes('%') || URL.canParse(url)).toBe(true);
          expect(port).toBeLessThan(65_536);
        } catch (error) {
          expect(error).toBeInstanceOf(ConfigError);
        }
      }),
      numRuns(700),
    );
  });

  it('with any mounted files causes an error that does not quote them', async () => {
    const text = fc.string({ unit: 'binary', minLength: 9 });
    await fc.assert(
      fc.asyncProperty(text, async (mounted) => {
        const readFile = async () => mounted;
        const account = readServiceAccount({ folder: '/f', now: () => NOW, readFile });
        // Nothing listens on this port.
        const apiServer = { host: '127.0.0.1', port: 1 };
        const open = kubernetesStream({ apiServer, account, silenceTimeoutMs: 10_000 });
        const error = await open('/api/v1/pods', FOREVER).catch((thrown: unknown) => thrown);
        expect(error).toBeInstanceOf(Error);
        expect(String(error)).not.toContain(mounted.trim() || mounted);
      }),
      numRuns(100),
    );
  });
});

const CONTEXT = {
  defaults: {
    refreshBeforeMinutes: 25,
    secretMetadata: { labels: { team: 'iam' } },
    logLevel: 'DEBUG',
  },
  clusters: [
    {
      clusterName: 'production',
      region: 'eu-central-1',
      assumableRoles: ['app-*', 'arn:aws:iam::123456789012:role/pods/*'],
      namespaces: ['team-a', 'team-b'],
      excludedNamespaces: ['team-c'],
      refreshBeforeMinutes: 20,
      externalId: 'a/b:c=d',
      assumeRole: 'arn:aws:iam::123456789012:role/pods/all',
      vpc: {
        vpcId: 'vpc-0123456789abcdef0',
        availabilityZones: ['eu-central-1a'],
        subnetIds: ['subnet-0123456789abcdef0'],
        securityGroupIds: ['sg-01234567'],
      },
      reservedConcurrency: { refresh: 1 },
      alarmEmail: 'on-call@example.com',
    },
  ],
  logRetentionDays: 90,
  '@aws-cdk/core:x': true,
};
const ANYTHING: ReadonlySet<string> = new Set([
  'clusters',
  'defaults',
  ...Object.keys(CONTEXT.defaults),
  ...Object.keys(CONTEXT.clusters[0] ?? {}),
  'logRetentionDays',
]);

describe('settings of any value', () => {
  it('are complete clusters, or a SettingsError', () => {
    const context = fc.oneof(
      mutatedJson(CONTEXT, ANYTHING),
      mutatedJson(CONTEXT, ANYTHING).map((value) => ({ clusters: JSON.stringify(value) })),
      arbitraryValue.map((clusters) => ({ clusters })),
    );
    fc.assert(
      fc.property(context, (value) => {
        try {
          const clusters = readClusterSettings((value ?? {}) as Record<string, unknown>);
          expect(clusters.length).toBeGreaterThan(0);
          for (const { assumableRoles } of clusters) expect(assumableRoles).not.toContain('*');
        } catch (error) {
          expect(error).toBeInstanceOf(SettingsError);
        }
      }),
      numRuns(400),
    );
  });
});
