import {
  providerArn,
  providerName,
  TOKEN_AUDIENCE,
  TOKEN_SUBJECT,
} from '../../../contract/aws/oidc-provider.ts';
import { clusterSessionName, namespaceSessionName } from '../../../contract/aws/session-name.ts';
import type { RefresherConfig } from '../../../lambda/config.ts';

/** A statement of a trust policy. */
interface TrustStatement {
  readonly Effect: 'Allow';
  readonly Principal: { readonly AWS: string } | { readonly Federated: string };
  readonly Action: 'sts:AssumeRole' | 'sts:TagSession' | 'sts:AssumeRoleWithWebIdentity';
  readonly Condition: Readonly<Record<string, Readonly<Record<string, string>>>>;
}

/** The trust policy of a role. */
interface TrustPolicy {
  readonly Version: '2012-10-17';
  readonly Statement: readonly TrustStatement[];
}

/** Where a role is. */
interface RoleOwner {
  readonly partition: string;
  readonly account: string;
}

/** Input of {@link trustPolicy}. */
export interface TrustInput {
  readonly config: Pick<RefresherConfig, 'clusterName' | 'sessions'>;
  readonly refresherRoleArn: string;
  /** Partition and account of the role, in which the cluster's issuer is registered. */
  readonly roleOwner: RoleOwner;
  /** Limits the role to this namespace. @default - all namespaces that are allowed to use it */
  readonly namespace?: string | undefined;
}

/**
 * Returns the trust policy for a role that pods use. The principal is the account, and a condition names the refresher's
 * role: IAM stores a role that is a principal by its internal ID, so such a policy breaks when the role is recreated.
 *
 * @throws when the sessions do not identify the namespace that the role is limited to
 */
export function trustPolicy(input: TrustInput): TrustPolicy {
  const { config, refresherRoleArn, namespace } = input;
  const { sessions } = config;
  if (sessions.issuer !== undefined) return identityTrustPolicy(input, sessions.issuer);
  const callerArn = sessions.intermediateRoleArn ?? refresherRoleArn;
  const { clusterArnTag } = sessions;
  const equals = {
    // Another cluster may use the same intermediate role.
    ...(clusterArnTag === undefined ? {} : { 'aws:RequestTag/eks-cluster-arn': clusterArnTag }),
    ...(sessions.externalId === undefined ? {} : { 'sts:ExternalId': sessions.externalId }),
    ...(namespace === undefined ? {} : namespaceConditions(config, namespace)),
  };
  const assuming = statement(
    'sts:AssumeRole',
    callerArn,
    Object.keys(equals).length === 0 ? {} : { StringEquals: equals },
  );
  return {
    Version: '2012-10-17',
    Statement:
      clusterArnTag === undefined ? [assuming] : [assuming, statement('sts:TagSession', callerArn)],
  };
}

/**
 * Returns the trust policy for a role that the identity of the cluster opens sessions of. The names of the condition keys begin
 * with the issuer. The subject and the audience are those of the product's tokens: without them, every ServiceAccount of the
 * cluster could use the role.
 */
function identityTrustPolicy(
  { config, roleOwner, namespace }: TrustInput,
  issuer: string,
): TrustPolicy {
  const { partition, account } = roleOwner;
  const name = providerName(issuer);
  return {
    Version: '2012-10-17',
    Statement: [
      {
        Effect: 'Allow',
        Principal: { Federated: providerArn(partition, account, issuer) },
        Action: 'sts:AssumeRoleWithWebIdentity',
        Condition: {
          StringEquals: {
            [`${name}:aud`]: TOKEN_AUDIENCE,
            [`${name}:sub`]: TOKEN_SUBJECT,
            ...(namespace === undefined ? {} : namespaceConditions(config, namespace)),
          },
        },
      },
    ],
  };
}

/** Returns the trust policy for the intermediate role, which the refresher assumes for the whole cluster. */
export function intermediateTrustPolicy({ config, refresherRoleArn }: TrustInput): TrustPolicy {
  const name = { 'sts:RoleSessionName': clusterSessionName(config.clusterName) };
  return {
    Version: '2012-10-17',
    Statement: [statement('sts:AssumeRole', refresherRoleArn, { StringEquals: name })],
  };
}

/**
 * Returns which other clusters may be able to use a role with this trust policy; undefined if none is. Without session tags,
 * only the session name tells the clusters apart that use one intermediate role.
 */
export function clusterAmbiguity({ config, namespace }: TrustInput): string | undefined {
  const { clusterName, sessions } = config;
  const { intermediateRoleArn, clusterArnTag } = sessions;
  const isShared = intermediateRoleArn !== undefined && clusterArnTag === undefined;
  if (!isShared) return undefined;
  const others =
    namespace === undefined
      ? 'every other cluster with this "assumeRole"'
      : clustersOfSession(namespace, clusterName);
  return `through ${intermediateRoleArn}, this policy also admits ${others}. Set "sessionTags" to true, or give each cluster its own "assumeRole".`;
}

/** Describes the clusters whose sessions for a namespace have the same name as those of this cluster. */
function clustersOfSession(namespace: string, clusterName: string): string {
  const name = namespaceSessionName(namespace, clusterName);
  const isCut = name.length < namespace.length + 1 + clusterName.length;
  return isCut
    ? `any cluster with a namespace ${namespace} whose session name also begins with "${name}" (STS limits it to ${name.length} characters, which cuts the name of this cluster)`
    : `a cluster of the same name in another region or account that has a namespace ${namespace}`;
}

function namespaceConditions(
  { clusterName, sessions }: TrustInput['config'],
  namespace: string,
): Readonly<Record<string, string>> {
  const isNamed = sessions.nameForm === 'namespace';
  const isTagged = sessions.clusterArnTag !== undefined;
  if (!isNamed && !isTagged) {
    throw new Error(
      `the role cannot be limited to a namespace: with "sessionName": "${sessions.nameForm}" and no session tags, sessions do not identify it. Set ${sessions.source === 'oidc' ? '' : '"sessionTags" to true, or '}"sessionName" to "namespace".`,
    );
  }
  return {
    ...(isNamed ? { 'sts:RoleSessionName': namespaceSessionName(namespace, clusterName) } : {}),
    ...(isTagged ? { 'aws:RequestTag/kubernetes-namespace': namespace } : {}),
  };
}

function statement(
  action: TrustStatement['Action'],
  callerArn: string,
  conditions: TrustStatement['Condition'] = {},
): TrustStatement {
  const [, partition, , , account] = callerArn.split(':');
  return {
    Effect: 'Allow',
    Principal: { AWS: `arn:${partition}:iam::${account}:root` },
    Action: action,
    Condition: { ArnEquals: { 'aws:PrincipalArn': callerArn }, ...conditions },
  };
}
