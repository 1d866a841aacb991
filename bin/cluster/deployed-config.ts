import {
  GetFunctionConfigurationCommand,
  type GetFunctionConfigurationCommandOutput,
} from '@aws-sdk/client-lambda';
import { ConfigError } from '../../contract/errors.ts';
import { VERSION } from '../../contract/version.ts';
import { functionNameOf } from '../../infra/names.ts';
import { readConfig } from '../../lambda/config.ts';
import { askLambda, type FunctionsPlace } from '../lambda/ask-lambda.ts';
import type { ClusterConfig } from './cluster-config.ts';

/** What is asked of Lambda; a `LambdaClient` has it. */
export interface DescribesFunctions {
  send(command: GetFunctionConfigurationCommand): Promise<GetFunctionConfigurationCommandOutput>;
}

/** The configuration that the refresh function of a cluster has, as Lambda says. It is not invoked. */
export async function deployedConfig(
  lambda: DescribesFunctions,
  place: FunctionsPlace,
): Promise<ClusterConfig> {
  const named = `function ${functionNameOf(place.clusterName, 'refresh')}`;
  const { Environment, Role } = await askLambda({
    place,
    name: 'refresh',
    permission: 'lambda:GetFunctionConfiguration',
    send: (FunctionName) => lambda.send(new GetFunctionConfigurationCommand({ FunctionName })),
  });
  const account = Role?.split(':')[4];
  if (Role === undefined || account === undefined) {
    throw new Error(`Lambda names no role of ${named}`);
  }
  try {
    const config = readConfig({ ...Environment?.Variables, AWS_REGION: place.region });
    return { config, account, refresherRoleArn: Role, source: named };
  } catch (cause) {
    if (!(cause instanceof ConfigError)) throw cause;
    throw new Error(
      `${named} is of another version than this command (${VERSION}); deploy the stack, or take the command of its version. ${cause.message}`,
      { cause },
    );
  }
}
