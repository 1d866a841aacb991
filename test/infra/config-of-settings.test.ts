import { describe, expect, it } from 'vitest';
import { configOfSettings } from '../../bin/cluster/config-of-settings.ts';
import { readClusterSettings } from '../../infra/settings/read-cluster-settings.ts';
import { readConfig } from '../../lambda/config.ts';
import { CLUSTER, ENVIRONMENT_OF_STACK, templateOf } from '../support/synthesize.ts';

const ROLE = 'arn:aws:iam::123456789012:role/';
const PLACE = { partition: 'aws', ...ENVIRONMENT_OF_STACK };

/** What the command line takes the functions' configuration to be. */
function computed(settings: object, place = PLACE) {
  const [cluster] = readClusterSettings({ clusters: [{ ...CLUSTER, ...settings }] });
  if (cluster === undefined) throw new Error('there is no cluster');
  return configOfSettings(cluster, place);
}

describe('the configuration by the settings', () => {
  it.each([
    ['the least that there can be', {}],
    [
      'every setting of the guard and of sessions',
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
      'a forwarder with a role of its own',
      {
        namespaces: ['team-a'],
        forwarderCredentials: { source: 'irsa', roleArn: `${ROLE}forwarder` },
      },
    ],
    ['a long name', { clusterName: 'Long_'.repeat(20) }],
  ])('is what the stack sets, with %s', (_, settings) => {
    const template = templateOf({ ...ENVIRONMENT_OF_STACK, ...settings });
    const functions = Object.values(template.findResources('AWS::Lambda::Function'));
    expect(functions).toHaveLength(2);
    for (const { Properties } of functions) {
      const deployed = readConfig({
        ...Properties.Environment.Variables,
        AWS_REGION: PLACE.region,
      });
      expect(computed(settings).config).toEqual(deployed);
    }
  });

  it('has the role that the stack makes', () => {
    const template = templateOf(ENVIRONMENT_OF_STACK);
    const names = Object.values(template.findResources('AWS::IAM::Role')).map(
      ({ Properties }) => `${ROLE}${Properties.RoleName}`,
    );
    expect(names).toContain(computed({}).refresherRoleArn);
  });

  it('is of the partition of the cluster', () => {
    const place = { partition: 'aws-cn', account: '123456789012', region: 'cn-north-1' };
    expect(computed({ sessionTags: true }, place)).toMatchObject({
      refresherRoleArn: 'arn:aws-cn:iam::123456789012:role/kube-aws-iam-cn-north-1-production',
      config: {
        policy: { baseRoleArn: 'arn:aws-cn:iam::123456789012:role/' },
        sessions: { clusterArnTag: 'arn:aws-cn:eks:cn-north-1:123456789012:cluster/production' },
      },
    });
  });
});
