import { describe, expect, it } from 'vitest';
import { clusterPlace, regionOf } from '../../../../bin/cluster/region-and-account.ts';
import { configOfSettings } from '../../../../bin/cluster/config-of-settings.ts';
import {
  type DescribesFunctions,
  deployedConfig,
} from '../../../../bin/cluster/deployed-config.ts';
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

/** A Lambda that describes one function, and keeps what it was asked. */
function aLambda(answer: object) {
  const asked: unknown[] = [];
  const lambda: DescribesFunctions = {
    async send({ input }) {
      asked.push(input);
      if (answer instanceof Error) throw answer;
      return { $metadata: {}, ...answer };
    },
  };
  return { lambda, asked };
}

function failure(name: string): Error {
  return Object.assign(new Error('as AWS says'), { name });
}

describe('the configuration that is deployed', () => {
  it("is the refresh function's environment, and its role", async () => {
    const { lambda, asked } = aLambda({ Environment: { Variables: VARIABLES }, Role: ROLE });
    expect(await deployedConfig(lambda, cluster)).toMatchObject({
      refresherRoleArn: ROLE,
      account: '123456789012',
      source: 'function kube-aws-iam-prod-refresh',
      config: { clusterName: 'prod', region: 'eu-central-1', refreshBeforeSeconds: 1_800 },
    });
    expect(asked).toEqual([{ FunctionName: 'kube-aws-iam-prod-refresh' }]);
  });

  it('is asked for by ARN where the account is known, so that it cannot be that of another account', async () => {
    const { lambda, asked } = aLambda({ Environment: { Variables: VARIABLES }, Role: ROLE });
    await deployedConfig(lambda, { ...cluster, region: 'cn-north-1', account: '123456789012' });
    expect(asked).toEqual([
      {
        FunctionName:
          'arn:aws-cn:lambda:cn-north-1:123456789012:function:kube-aws-iam-prod-refresh',
      },
    ]);
  });

  it.each([
    [
      'ResourceNotFoundException',
      /there is no function kube-aws-iam-prod-refresh in eu-central-1: correct the name of the cluster/,
    ],
    [
      'AccessDeniedException',
      /you may not lambda:GetFunctionConfiguration on function .* \(as AWS says\)/,
    ],
    ['CredentialsProviderError', /\(CredentialsProviderError: as AWS says\): log in to AWS/],
  ])('cannot be had with %s, and what to do is said', async (name, remedy) => {
    const asking = deployedConfig(aLambda(failure(name)).lambda, cluster);
    await expect(asking).rejects.toThrow(remedy);
  });

  it('of another version is not guessed at', async () => {
    const { SESSION_NAME: _, ...older } = VARIABLES;
    const { lambda } = aLambda({ Environment: { Variables: older }, Role: ROLE });
    await expect(deployedConfig(lambda, cluster)).rejects.toThrow(
      /is of another version than this command .*\n.*SESSION_NAME is missing/,
    );
  });
});

describe('where a cluster is', () => {
  const [settings] = readClusterSettings({
    clusters: [{ clusterName: 'prod', assumableRoles: ['app-*'] }],
  });
  if (settings === undefined) throw new Error('there is no cluster');
  const aws = { region: async () => 'us-east-1', account: async () => '111111111111' };
  const nothing = {
    region: async () => undefined,
    account: async () => Promise.reject(new Error('no credentials')),
  };

  it('is what cdk.json says, else what AWS says by default', async () => {
    expect(await clusterPlace(settings, {}, aws)).toEqual({
      partition: 'aws',
      region: 'us-east-1',
      account: '111111111111',
    });
    const said = { ...settings, region: 'cn-north-1', account: '222222222222' };
    expect(await clusterPlace(said, {}, nothing)).toEqual({
      partition: 'aws-cn',
      region: 'cn-north-1',
      account: '222222222222',
    });
    expect(await regionOf(settings, { region: 'eu-west-1' }, aws)).toBe('eu-west-1');
    expect(await regionOf(said, { region: 'cn-north-1' }, nothing)).toBe('cn-north-1');
  });

  it('is not where cdk.json does not say', async () => {
    await expect(
      regionOf({ ...settings, region: 'eu-central-1' }, { region: 'eu-west-1' }, aws),
    ).rejects.toThrow(
      /cdk.json has cluster "prod" in eu-central-1, and --region says eu-west-1: leave --region out/,
    );
  });

  it('is an error that says what to set when nobody knows', async () => {
    await expect(clusterPlace(settings, {}, nothing)).rejects.toThrow(
      /region of cluster "prod" is not known: say --region, set AWS_REGION/,
    );
    await expect(clusterPlace(settings, { region: 'eu-west-1' }, nothing)).rejects.toThrow(
      /account of cluster "prod" is not known: set "account" in cdk.json, or log in to AWS \(no credentials\)/,
    );
    await expect(clusterPlace(settings, { region: 'xx-nowhere-1' }, aws)).rejects.toThrow(
      /region "xx-nowhere-1" is none that CDK knows/,
    );
  });

  it('makes the configuration complete', async () => {
    const { config } = configOfSettings(settings, await clusterPlace(settings, {}, aws));
    expect(config.policy.deniedRoles).toEqual([
      'arn:aws:iam::*:role/cdk-*',
      'arn:aws:iam::111111111111:role/kube-aws-iam-us-east-1-prod',
    ]);
  });
});
