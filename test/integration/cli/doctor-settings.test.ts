import { beforeAll, describe, expect, it } from 'vitest';
import { environmentDrift } from '../../../bin/commands/doctor/aws-checks/environment-drift.ts';
import { expectedEnvironment } from '../../../bin/commands/doctor/aws-checks/expected-deployment.ts';
import type { CheckContext } from '../../../bin/commands/doctor/check.ts';
import { FUNCTION_NAMES, functionNameOf } from '../../../infra/names.ts';
import { readClusterSettings } from '../../../infra/settings/read-cluster-settings.ts';
import { type Assembly, loadAssembly, resourcesOf } from '../../../local/assembly/assembly.ts';
import { synthesize } from '../../../local/synthesize.ts';
import { ACCOUNT, REGION } from '../../support/deployment/deployment.ts';
import { ADDRESS, KUBERNETES } from '../../support/deployment/kubernetes-settings.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const roleArn = (name: string) => `arn:aws:iam::${ACCOUNT}:role/${name}`;

/** Settings that change the environment. */
const CLUSTERS: readonly { readonly clusterName: string; readonly [setting: string]: unknown }[] = [
  { clusterName: 'plain', installChart: false },
  { clusterName: 'with-chart' },
  { clusterName: 'with-account', account: ACCOUNT, region: REGION, installChart: false },
  {
    clusterName: 'sessions',
    installChart: false,
    sessionTags: true,
    externalId: 'handshake',
    assumeRole: roleArn('pod-roles'),
    baseRoleArn: roleArn('pods/'),
    refreshBeforeMinutes: 40,
  },
  {
    clusterName: 'Scope_d',
    installChart: false,
    namespaces: ['team-a'],
    excludedNamespaces: ['team-b'],
    allowedRolesFormat: 'regexp',
    namespaceRestrictions: 'annotated',
    forwarderCredentials: { source: 'irsa', roleArn: roleArn('forwarder') },
  },
  { clusterName: 'token', ...KUBERNETES },
  {
    clusterName: 'authenticator',
    kind: 'kubernetes',
    kubernetes: { ...ADDRESS, login: 'awsIamAuthenticator' },
  },
  { clusterName: 'kubeconfig', kind: 'kubernetes', kubernetes: { login: 'kubeconfig' } },
];

describe('the environment that doctor expects', () => {
  let assembly: Assembly;
  const clusters = CLUSTERS.map((settings) => ({ assumableRoles: ['app-*'], ...settings }));
  beforeAll(async () => {
    const folder = temporaryFolder();
    await synthesize(folder, clusters);
    assembly = loadAssembly(folder, { account: ACCOUNT, region: REGION, partition: 'aws' });
  });

  const fail = async () => {
    throw new Error('unexpected call');
  };

  it.each(CLUSTERS.map(({ clusterName }) => clusterName))(
    'equals the deployed one: %s',
    async (clusterName) => {
      const settings = readClusterSettings({ clusters }).find(
        (one) => one.clusterName === clusterName,
      );
      if (settings === undefined) throw new Error(`no cluster ${clusterName}`);
      const context: Pick<CheckContext, 'settings' | 'region' | 'aws'> = {
        settings,
        region: REGION,
        aws: {
          identity: async () => ({ kind: 'found', value: { account: ACCOUNT, arn: '' } }),
          cluster: fail,
          accessEntry: fail,
          functionNamed: fail,
          concurrency: fail,
          scheduleState: fail,
          loginSecret: fail,
          loginValue: fail,
          check: fail,
        },
      };
      const expected = await expectedEnvironment(context);
      for (const name of FUNCTION_NAMES) {
        const functionName = functionNameOf(clusterName, name);
        const deployed = resourcesOf(assembly, 'lambda-function').find(
          (one) => one.functionName === functionName,
        );
        expect(Object.keys(expected).length).toBeGreaterThan(10);
        expect(environmentDrift(expected, deployed?.environment ?? {}, settings)).toEqual([]);
      }
    },
  );
});
