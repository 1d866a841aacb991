import { describe, expect, it } from 'vitest';
import { deployedConfig, type FunctionDescriber } from '../../../../bin/cluster/deployed-config.ts';
import { FUNCTION_ENVIRONMENT } from '../../../support/builders/function-environment.ts';

const ROLE = 'arn:aws:iam::123456789012:role/kube-aws-iam-eu-central-1-prod';
// Lambda sets the region itself.
const { AWS_REGION: _region, ...VARIABLES } = FUNCTION_ENVIRONMENT;
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
