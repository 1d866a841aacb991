import type { SessionCredentials } from '../aws/iam/session.ts';
import type { EmbeddedCloud } from '../cloud.ts';

/** An `Allow` statement of a policy. */
export interface Allowed {
  readonly actions: readonly string[];
  readonly resources?: readonly string[];
}

/**
 * Creates a role with these permissions and no others, and returns credentials of a session. Each name can be used once.
 */
export function operatorCredentials(
  { sts }: Pick<EmbeddedCloud, 'sts'>,
  name: string,
  allowed: readonly Allowed[],
  account = '123456789012',
): SessionCredentials {
  const arn = `arn:aws:iam::${account}:role/${name}`;
  // An EC2 instance profile: a session that needs no other credentials.
  const service = 'ec2.amazonaws.com';
  const Statement = allowed.map(({ actions, resources = ['*'] }) => ({
    Effect: 'Allow',
    Action: actions,
    Resource: resources,
  }));
  sts.addRole({
    arn,
    trustPolicy: {
      Version: '2012-10-17',
      Statement: { Effect: 'Allow', Principal: { Service: service }, Action: 'sts:AssumeRole' },
    },
    policies:
      Statement.length === 0
        ? []
        : [{ name: 'operator', document: { Version: '2012-10-17', Statement } }],
  });
  return sts.issueServiceSession(arn, service, 'jane').credentials;
}

/** Returns the environment of an operator's shell: the credentials, and the endpoints of the embedded AWS. */
export function shellEnvironment(
  cloud: Pick<EmbeddedCloud, 'sts' | 'eks' | 'lambda' | 'scheduler'>,
  credentials: SessionCredentials | undefined,
  region = 'eu-central-1',
): Readonly<Record<string, string>> {
  return {
    AWS_REGION: region,
    AWS_ENDPOINT_URL_STS: cloud.sts.url,
    AWS_ENDPOINT_URL_EKS: cloud.eks.url,
    AWS_ENDPOINT_URL_LAMBDA: cloud.lambda.url,
    AWS_ENDPOINT_URL_SCHEDULER: cloud.scheduler.url,
    ...(credentials && {
      AWS_ACCESS_KEY_ID: credentials.accessKeyId,
      AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
      AWS_SESSION_TOKEN: credentials.sessionToken,
    }),
  };
}
