import { describe, expect, it } from 'vitest';
import { configFromSettings } from '../../../../bin/cluster/cluster-config.ts';
import { deployedConfig, type FunctionDescriber } from '../../../../bin/cluster/deployed-config.ts';
import {
  resolveClusterLocation,
  resolveRegion,
} from '../../../../bin/cluster/region-and-account.ts';
import { readClusterSettings } from '../../../../infra/settings/read-cluster-settings.ts';

const ROLE = 'arn:aws:iam::123456789012:role/kube-aws-iam-eu-central-1-prod';
const VARIABLES = {
  CLUSTER_NAME: 'prod',
  BASE_ROLE_ARN: 'arn:aws:iam::123456789012:role/',
  ASSUMABLE_ROLES: '["arn:aws:iam::123456789012:role/app-*"]',
  DENIED_ROLES: '[]',
  FORWARDER_ROLE_ARN: '',
  NAMESPACE_RESTRICTIONS: 'required',
  ALLOWED_ROLES_FORMAT: 'glob',
  NAMESPACES: '[]',
  EXCLUDED_NAMESPACES: '[]',
  SESSION_NAME: 'namespace',
  CLUSTER_ARN_TAG: '',
  EXTERNAL_ID: '',
  INTERMEDIATE_ROLE_ARN: '',
  REFRESH_BEFORE_SECONDS: '1800',
};
const cluster = { clusterName: 'prod', region: 'eu-central-1' };

/** A Lambda client that describes one function, and records its inputs. */
function aLambda(answer: object) {
  const inputs: unknown[] = [];
  const lambda: FunctionDescriber = {
    async send({ input }) {
      inputs.push(input);
      if (answer instanceof Error) throw answer;
      return { $metadata: {}, ...answer };
    },
  };
  return { lambda, inputs };
}

function failure(name: string): Error {
  return Object.assign(new Error('message of AWS'), { name });
}

describe('the deployed configuration', () => {
  it('consists of the environment and the role of the refresh function', async () => {
    const { lambda, inputs } = aLambda({ Environment: { Variables: VARIABLES }, Role: ROLE });
    expect(await deployedConfig(lambda, cluster)).toMatchObject({
      refresherRoleArn: ROLE,
      account: '123456789012',
      source: 'function kube-aws-iam-prod-refresh',
      config: { clusterName: 'prod', region: 'eu-central-1', refreshBeforeSeconds: 1_800 },
    });
    expect(inputs).toEqual([{ FunctionName: 'kube-aws-iam-prod-refresh' }]);
  });

  it('is read by ARN if the account is known, so that it cannot belong to another account', async () => {
    const { lambda, inputs } = aLambda({ Environment: { Variables: VARIABLES }, Role: ROLE });
    await deployedConfig(lambda, { ...cluster, region: 'cn-north-1', account: '123456789012' });
    expect(inputs).toEqual([
      {
        FunctionName:
          'arn:aws-cn:lambda:cn-north-1:123456789012:function:kube-aws-iam-prod-refresh',
      },
    ]);
  });

  it.each([
    [
      'ResourceNotFoundException',
      /function kube-aws-iam-prod-refresh \(eu-central-1\) does not exist: correct cluster name/,
    ],
    [
      'AccessDeniedException',
      /missing permission lambda:GetFunctionConfiguration on function .* \(message of AWS\)/,
    ],
    ['CredentialsProviderError', /\(CredentialsProviderError: message of AWS\): log in to AWS/],
  ])('cannot be read on %s; the error names the remedy', async (name, remedy) => {
    const reading = deployedConfig(aLambda(failure(name)).lambda, cluster);
    await expect(reading).rejects.toThrow(remedy);
  });

  it('of another version is an error', async () => {
    const { SESSION_NAME: _, ...older } = VARIABLES;
    const { lambda } = aLambda({ Environment: { Variables: older }, Role: ROLE });
    await expect(deployedConfig(lambda, cluster)).rejects.toThrow(
      /has another version than this command .*\n.*SESSION_NAME is missing/,
    );
  });
});

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

  it('is an error with a remedy when it is unknown', async () => {
    await expect(resolveClusterLocation(settings, {}, unknown)).rejects.toThrow(
      /region of cluster "prod" is unknown: use --region, set AWS_REGION/,
    );
    await expect(
      resolveClusterLocation(settings, { region: 'eu-west-1' }, unknown),
    ).rejects.toThrow(
      /account of cluster "prod" is unknown \(no credentials\): set "account" in cdk.json, or log in to AWS/,
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
