import { defaultProvider } from '@aws-sdk/credential-provider-node';
import { cdkProfile, environmentKeys } from '../cluster/cdk-environment.ts';
import { type AwsAccess, assumedRole } from './assumed-role.ts';
import { ProxiedRequestHandler, type Timeouts } from './proxied-request-handler.ts';

/**
 * Returns the configuration of an AWS client of the CLI: the credentials that `cdk deploy` would use, and the proxy of the
 * environment, also for the requests that obtain credentials (AssumeRole, IAM Identity Center).
 *
 * @param region - of the deployed stack; without one, the SDK would read variables that CDK does not
 * @param access - a role to assume with these credentials
 */
export function awsClientConfig(region: string, timeouts: Timeouts, access: AwsAccess = {}) {
  const requestHandler = new ProxiedRequestHandler(timeouts);
  const profile = cdkProfile();
  const chain = defaultProvider({
    ...(profile === undefined ? {} : { profile }),
    clientConfig: { requestHandler },
    parentClientConfig: { region },
  });
  // The SDK would prefer AWS_PROFILE to access keys of the environment.
  const keys = profile === undefined ? environmentKeys() : undefined;
  const own = { region, requestHandler, credentials: keys ?? chain };
  return { ...own, credentials: assumedRole(access, own) ?? own.credentials };
}
