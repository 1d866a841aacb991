import { AssumeRoleCommand, STSClient, type STSClientConfig } from '@aws-sdk/client-sts';
import { errorMessageOf } from '../../contract/errors.ts';
import { memoize } from '../../kubernetes/cached-value.ts';
import { partitionOf } from './partition-of.ts';

/** With whose credentials a command calls AWS. */
export interface AwsAccess {
  /** The account of the cluster; undefined if it is that of the credentials. */
  readonly account?: string | undefined;
  /** Name of a role to assume in it. @default - the credentials of the environment */
  readonly roleName?: string | undefined;
}

const SESSION_NAME = 'kube-aws-iam';

/** Credentials of a session, as the SDK caches them. */
interface SessionCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string;
  readonly expiration: Date;
}

/**
 * Returns the credentials of a role in the account of a cluster; undefined if none is to be assumed. Clusters of one account share
 * a session.
 *
 * @param config - of the STS client: that of `awsClientConfig(region, …)` with the caller's own credentials
 */
export function assumedRole(
  { account, roleName }: AwsAccess,
  config: STSClientConfig & { readonly region: string },
): (() => Promise<SessionCredentials>) | undefined {
  if (roleName === undefined) return undefined;
  if (account === undefined) {
    throw new Error(
      'no account in which to assume --role-name: use --account, or set "account" in cdk.json',
    );
  }
  const roleArn = `arn:${partitionOf(config.region)}:iam::${account}:role/${roleName}`;
  return () => openSession(roleArn, config);
}

const openSession = memoize(
  async (roleArn: string, config: STSClientConfig): Promise<SessionCredentials> => {
    try {
      const { Credentials } = await new STSClient(config).send(
        new AssumeRoleCommand({ RoleArn: roleArn, RoleSessionName: SESSION_NAME }),
      );
      const { AccessKeyId, SecretAccessKey, SessionToken, Expiration } = Credentials ?? {};
      if (!AccessKeyId || !SecretAccessKey || !SessionToken || !Expiration) {
        throw new Error('STS returned no credentials');
      }
      return {
        accessKeyId: AccessKeyId,
        secretAccessKey: SecretAccessKey,
        sessionToken: SessionToken,
        expiration: Expiration,
      };
    } catch (cause) {
      throw new Error(
        `role ${roleArn} (--role-name) cannot be assumed: ${errorMessageOf(cause)}. Its trust policy must name your principal, which needs sts:AssumeRole`,
        { cause },
      );
    }
  },
  (roleArn) => roleArn,
);
