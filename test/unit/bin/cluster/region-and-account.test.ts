import { describe, expect, it } from 'vitest';
import { configFromSettings } from '../../../../bin/cluster/cluster-config.ts';
import {
  resolveClusterLocation,
  resolveRegion,
} from '../../../../bin/cluster/region-and-account.ts';
import { readClusterSettings } from '../../../../infra/settings/read-cluster-settings.ts';

describe('the location of a cluster', () => {
  const [settings] = readClusterSettings({
    clusters: [{ clusterName: 'prod', assumableRoles: ['app-*'] }],
  });
  if (settings === undefined) throw new Error('no cluster');
  const aws = { region: async () => 'us-east-1', account: async () => '111111111111' };
  const unknown = {
    region: async () => undefined,
    account: async () => Promise.reject(new Error('no credentials')),
  };

  it('comes from cdk.json, else from the AWS defaults', async () => {
    expect(await resolveClusterLocation(settings, {}, aws)).toEqual({
      partition: 'aws',
      region: 'us-east-1',
      account: '111111111111',
    });
    const complete = { ...settings, region: 'cn-north-1', account: '222222222222' };
    expect(await resolveClusterLocation(complete, {}, unknown)).toEqual({
      partition: 'aws-cn',
      region: 'cn-north-1',
      account: '222222222222',
    });
    expect(await resolveRegion(settings, { region: 'eu-west-1' }, aws)).toBe('eu-west-1');
    expect(await resolveRegion(complete, { region: 'cn-north-1' }, unknown)).toBe('cn-north-1');
  });

  it('cannot contradict cdk.json', async () => {
    await expect(
      resolveRegion({ ...settings, region: 'eu-central-1' }, { region: 'eu-west-1' }, aws),
    ).rejects.toThrow(
      /--region is eu-west-1, but cdk.json sets eu-central-1 for cluster "prod": omit --region/,
    );
  });

  it('is in the account of --account, if cdk.json does not set it', async () => {
    const options = { region: 'eu-west-1', account: '333333333333' };
    expect(await resolveClusterLocation(settings, options, unknown)).toMatchObject(options);
    await expect(
      resolveClusterLocation({ ...settings, account: '222222222222' }, options, unknown),
    ).rejects.toThrow(
      /--account is 333333333333, but cdk.json sets 222222222222 for cluster "prod": omit --account/,
    );
  });

  it('is an error with a remedy when it is unknown', async () => {
    await expect(resolveClusterLocation(settings, {}, unknown)).rejects.toThrow(
      /region of cluster "prod" is unknown: use --region, set AWS_REGION/,
    );
    await expect(
      resolveClusterLocation(settings, { region: 'eu-west-1' }, unknown),
    ).rejects.toThrow(
      /account of cluster "prod" is unknown \(no credentials\): use --account, set "account" in cdk.json, or log in to AWS/,
    );
    await expect(resolveClusterLocation(settings, { region: 'xx-nowhere-1' }, aws)).rejects.toThrow(
      /unknown region "xx-nowhere-1"/,
    );
  });

  it('completes the configuration', async () => {
    const { config } = configFromSettings(
      settings,
      await resolveClusterLocation(settings, {}, aws),
    );
    expect(config.policy.deniedRoles).toEqual([
      'arn:aws:iam::*:role/cdk-*',
      'arn:aws:iam::111111111111:role/kube-aws-iam-us-east-1-prod',
    ]);
  });
});
