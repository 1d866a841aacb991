import type { STSClient } from '@aws-sdk/client-sts';
import { PRODUCT_NAMESPACE } from '../../contract/forwarder.ts';
import { SECRET_NAME_PREFIX } from '../../contract/kubernetes/secret.ts';
import {
  AssumeRoleError,
  CALLER_CREDENTIALS,
} from '../../lambda/act/sessions/assume-role-error.ts';
import type { RefresherConfig } from '../../lambda/config.ts';

type OwnConfig = Pick<RefresherConfig, 'clusterName' | 'region' | 'policy'>;

/** Says what to do when the refresher's own AWS credentials are not accepted, or there are none. */
export function ownCredentialsRemedy({ clusterName, region, policy }: OwnConfig): string {
  return policy.forwarderRoleArn === undefined
    ? 'none needed unless it persists: then compare the issuer of the cluster with its OIDC provider in IAM, and the trust policy of the refresher with the stack: kube-aws-iam doctor'
    : `run: kube-aws-iam seed --cluster ${clusterName} --region ${region}`;
}

/**
 * Has a client with the refresher's own credentials explain why they cannot be used: they come from a Secret that the refresher
 * renews with themselves, so that nothing but a command helps once they have expired. Without a Secret, nothing changes.
 *
 * Calls throw an AssumeRoleError then. It quotes nothing, because errors about credentials may contain them.
 */
export function explainOwnCredentials(sts: STSClient, config: OwnConfig): STSClient {
  const { forwarderRoleArn } = config.policy;
  if (forwarderRoleArn === undefined) return sts;
  const roleName = forwarderRoleArn.split('/').at(-1);
  const secret = `${PRODUCT_NAMESPACE}/${SECRET_NAME_PREFIX}${roleName}`;
  sts.middlewareStack.add(
    (next) => (args) =>
      next(args).catch((error: unknown) => {
        const code = error instanceof Error ? error.name : '';
        if (code !== 'CredentialsProviderError' && !CALLER_CREDENTIALS.has(code)) throw error;
        throw new AssumeRoleError(
          'own-credentials-expired',
          `the refresher's own AWS credentials in Secret ${secret} have expired or are not valid (${code}), and it can only renew them while they are. An operator has to ${ownCredentialsRemedy(config)}`,
        );
      }),
    { name: 'explainOwnCredentials', step: 'initialize' },
  );
  return sts;
}
