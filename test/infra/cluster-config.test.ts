import { describe, expect, it } from 'vitest';
import { configFromSettings } from '../../bin/cluster/cluster-config.ts';
import { readClusterSettings } from '../../infra/settings/read-cluster-settings.ts';
import { readConfig } from '../../lambda/config.ts';
import { CLUSTER, ENVIRONMENT_OF_STACK, templateOf } from '../support/deployment/synthesize.ts';

const ROLE = 'arn:aws:iam::123456789012:role/';
const LOCATION = { partition: 'aws', ...ENVIRONMENT_OF_STACK };

/** The functions' configuration as the command line computes it. */
function computed(settings: object, location = LOCATION) {
  const [cluster] = readClusterSettings({ clusters: [{ ...CLUSTER, ...settings }] });
  if (cluster === undefined) throw new Error('no cluster');
  return configFromSettings(cluster, location);
}

describe('configFromSettings', () => {
  it.each([
    ['required settings only', {}],
    [
      'all settings of roles and sessions',
      {
        assumableRoles: ['app-*', 'arn:aws:iam::999999999999:role/shared-?'],
        baseRoleArn: `${ROLE}pods/`,
        namespaceRestrictions: 'annotated',
        allowedRolesFormat: 'regexp',
        sessionName: 'zalando',
        sessionTags: true,
        externalId: 'handshake',
        assumeRole: `${ROLE}pod-roles`,
        refreshBeforeMinutes: 20,
      },
    ],
    ['some namespaces', { namespaces: ['team-a'], excludedNamespaces: ['kube-system'] }],
    [
      'a role of your own for the forwarder',
      {
        namespaces: ['team-a'],
        forwarderCredentials: { source: 'irsa', roleArn: `${ROLE}forwarder` },
      },
    ],
    ['a long name', { clusterName: 'Long_'.repeat(20) }],
  ])('returns what the stack configures, with %s', (_, settings) => {
    const template = templateOf({ ...ENVIRONMENT_OF_STACK, ...settings });
    const functions = Object.values(template.findResources('AWS::Lambda::Function'));
    expect(functions).toHaveLength(3);
    for (const { Properties } of functions) {
      const deployed = readConfig({
        ...Properties.Environment.Variables,
        AWS_REGION: LOCATION.region,
      });
      expect(computed(settings).config).toEqual(deployed);
    }
  });

  it('returns the role that the stack creates', () => {
    const template = templateOf(ENVIRONMENT_OF_STACK);
    const names = Object.values(template.findResources('AWS::IAM::Role')).map(
      ({ Properties }) => `${ROLE}${Properties.RoleName}`,
    );
    expect(names).toContain(computed({}).refresherRoleArn);
  });

  it("uses the cluster's partition", () => {
    const location = { partition: 'aws-cn', account: '123456789012', region: 'cn-north-1' };
    expect(computed({ sessionTags: true }, location)).toMatchObject({
      refresherRoleArn: 'arn:aws-cn:iam::123456789012:role/kube-aws-iam-cn-north-1-production',
      config: {
        policy: { baseRoleArn: 'arn:aws-cn:iam::123456789012:role/' },
        sessions: { clusterArnTag: 'arn:aws-cn:eks:cn-north-1:123456789012:cluster/production' },
      },
    });
  });
});
