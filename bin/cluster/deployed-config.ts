import {
  GetFunctionConfigurationCommand,
  type GetFunctionConfigurationCommandOutput,
  LambdaClient,
} from '@aws-sdk/client-lambda';
import { functionNameOf } from '../../infra/names.ts';
import { readConfig } from '../../lambda/config.ts';
import { VERSION } from '../../lambda/contract/version.ts';
import { ConfigError } from '../../lambda/errors.ts';
import type { ClusterConfig } from './cluster-config.ts';

/** What is asked of Lambda; a `LambdaClient` has it. */
export interface DescribesFunctions {
  send(command: GetFunctionConfigurationCommand): Promise<GetFunctionConfigurationCommandOutput>;
}

/** Lambda in a region, by the SDK's default credentials. */
export function connectLambda(region: string): DescribesFunctions {
  return new LambdaClient({ region });
}

/** The configuration that the refresh function of a cluster has, as Lambda says. It is not invoked. */
export async function deployedConfig(
  lambda: DescribesFunctions,
  { clusterName, region }: { readonly clusterName: string; readonly region: string },
): Promise<ClusterConfig> {
  const FunctionName = functionNameOf(clusterName, 'refresh');
  const { Environment, Role } = await describe(lambda, { FunctionName, region });
  if (Role === undefined) throw new Error(`Lambda names no role of function ${FunctionName}`);
  try {
    const config = readConfig({ ...Environment?.Variables, AWS_REGION: region });
    return { config, refresherRoleArn: Role, source: `function ${FunctionName}` };
  } catch (cause) {
    if (!(cause instanceof ConfigError)) throw cause;
    throw new Error(
      `function ${FunctionName} is of another version than this command (${VERSION}); deploy the stack, or take the command of its version. ${cause.message}`,
      { cause },
    );
  }
}

async function describe(
  lambda: DescribesFunctions,
  { FunctionName, region }: { readonly FunctionName: string; readonly region: string },
): Promise<GetFunctionConfigurationCommandOutput> {
  try {
    return await lambda.send(new GetFunctionConfigurationCommand({ FunctionName }));
  } catch (cause) {
    const { name, message } = cause instanceof Error ? cause : new Error(String(cause));
    throw new Error(
      `Lambda did not describe function ${FunctionName} in ${region} (${name}: ${message}). ${remedyFor(name)}`,
      { cause },
    );
  }
}

function remedyFor(error: string): string {
  switch (error) {
    case 'ResourceNotFoundException':
      return 'Correct the name of the cluster, the region or the account (AWS_PROFILE), or deploy the stack.';
    case 'AccessDeniedException':
      return 'You need lambda:GetFunctionConfiguration on it.';
    default:
      return 'Log in to AWS, and look at AWS_PROFILE and AWS_REGION.';
  }
}
