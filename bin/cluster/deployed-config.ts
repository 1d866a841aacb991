import {
  GetFunctionConfigurationCommand,
  type GetFunctionConfigurationCommandOutput,
} from '@aws-sdk/client-lambda';
import { parseRoleArn } from '../../contract/aws/role-arn.ts';
import { type ClusterApi, expandCertificates } from '../../contract/cluster-api.ts';
import { ConfigError } from '../../contract/errors.ts';
import { VERSION } from '../../contract/version.ts';
import { functionNameOf } from '../../infra/names.ts';
import { readConfig } from '../../lambda/config.ts';
import type { ExpectedServer } from '../kubeconfig/assert-same-server.ts';
import { callLambda, type FunctionLocation } from '../lambda/call-lambda.ts';
import type { ClusterConfig } from './cluster-config.ts';

/** The part of `LambdaClient` that {@link deployedConfig} uses. */
export interface FunctionDescriber {
  send(command: GetFunctionConfigurationCommand): Promise<GetFunctionConfigurationCommandOutput>;
}

/**
 * Reads the configuration of a cluster's deployed refresh function from Lambda, without invoking it.
 *
 * @throws when the function is of a version with other environment variables
 */
export async function deployedConfig(
  lambda: FunctionDescriber,
  location: FunctionLocation,
): Promise<ClusterConfig> {
  const source = `function ${functionNameOf(location.clusterName, 'refresh')}`;
  const { Environment, Role } = await callLambda({
    location,
    name: 'refresh',
    permission: 'lambda:GetFunctionConfiguration',
    send: (FunctionName) => lambda.send(new GetFunctionConfigurationCommand({ FunctionName })),
  });
  const account = Role === undefined ? undefined : parseRoleArn(Role)?.account;
  if (Role === undefined || account === undefined) {
    throw new Error(`Lambda returned no role for ${source}`);
  }
  try {
    const config = readConfig({ ...Environment?.Variables, AWS_REGION: location.region });
    return {
      config,
      account,
      refresherRoleArn: Role,
      source,
      runsIn: 'lambda',
      ...(config.clusterApi === undefined ? {} : { server: deployedServer(config.clusterApi) }),
    };
  } catch (cause) {
    if (!(cause instanceof ConfigError)) throw cause;
    throw new Error(
      `${source} has another version than this command (${VERSION}): deploy the stack, or use the command of its version. ${cause.message}`,
      { cause },
    );
  }
}

function deployedServer({ server: url, certificateAuthority }: ClusterApi): ExpectedServer {
  return {
    url,
    ...(certificateAuthority === undefined
      ? {}
      : { certificateAuthority: expandCertificates(certificateAuthority) }),
  };
}
