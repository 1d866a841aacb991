import { describe, expect, it } from 'vitest';
import { commandFor, deployStack } from '../../../../../bin/commands/doctor/remedies.ts';
import { readClusterSettings } from '../../../../../infra/settings/read-cluster-settings.ts';

describe('a remedy', () => {
  const [settings] = readClusterSettings({
    clusters: [{ clusterName: 'prod', region: 'eu-central-1', assumableRoles: ['app-*'] }],
  });
  if (settings === undefined) throw new Error('no cluster');
  const oneOfMany = {
    ...settings,
    stackId: 'KubeAwsIam-prod-111111111111-eu-central-1',
    selectedAccount: '111111111111',
  };

  it('names the stack of the cluster as the CDK CLI does', () => {
    expect(deployStack(settings)).toBe('deploy the stack: npx cdk deploy KubeAwsIam-prod');
    expect(deployStack(oneOfMany)).toBe(
      'deploy the stack: npx cdk deploy KubeAwsIam-prod-111111111111-eu-central-1',
    );
  });

  it('selects the cluster', () => {
    expect(commandFor(settings, 'manifests')).toBe(
      'kube-aws-iam manifests --cluster prod --region eu-central-1',
    );
    expect(commandFor(oneOfMany, 'manifests')).toBe(
      'kube-aws-iam manifests --cluster prod --region eu-central-1 --account 111111111111',
    );
  });
});
