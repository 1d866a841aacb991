import { clusterSessionName, namespaceSessionName } from '../../../contract/session-name.ts';
import type { RefresherConfig } from '../../../lambda/config.ts';

/** A statement of a trust policy. */
export interface TrustStatement {
  readonly Effect: 'Allow';
  readonly Principal: { readonly AWS: string };
  readonly Action: 'sts:AssumeRole' | 'sts:TagSession';
  readonly Condition: Readonly<Record<string, Readonly<Record<string, string>>>>;
}

/** The trust policy of a role. */
export interface TrustPolicy {
  readonly Version: '2012-10-17';
  readonly Statement: readonly TrustStatement[];
}

/** Who assumes the roles of pods, and how. */
export interface TrustInput {
  readonly config: Pick<RefresherConfig, 'clusterName' | 'sessions'>;
  readonly refresherRoleArn: string;
  /** The namespace that the role is bound to; any that is allowed it, when absent. */
  readonly namespace?: string | undefined;
}

/**
 * The trust policy of a pod's role, by the settings of sessions. The principal is the account, and a condition names the
 * role: a policy that names a role as its principal is bound to the role's internal id, and breaks when that is made anew.
 *
 * @throws when the role is to be bound to a namespace and sessions say nothing of that
 */
export function trustPolicy({ config, refresherRoleArn, namespace }: TrustInput): TrustPolicy {
  const { sessions } = config;
  const callerArn = sessions.intermediateRoleArn ?? refresherRoleArn;
  const equals = {
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
      sessions.clusterArnTag === undefined
        ? [assuming]
        : [assuming, statement('sts:TagSession', callerArn)],
  };
}

/** The trust policy of the intermediate role, which the refresher assumes for the whole cluster. */
export function intermediateTrustPolicy({ config, refresherRoleArn }: TrustInput): TrustPolicy {
  const name = { 'sts:RoleSessionName': clusterSessionName(config.clusterName) };
  return {
    Version: '2012-10-17',
    Statement: [statement('sts:AssumeRole', refresherRoleArn, { StringEquals: name })],
  };
}

function namespaceConditions(
  { clusterName, sessions }: TrustInput['config'],
  namespace: string,
): Readonly<Record<string, string>> {
  const isNamed = sessions.nameForm === 'namespace';
  const isTagged = sessions.clusterArnTag !== undefined;
  if (!isNamed && !isTagged) {
    throw new Error(
      `a role cannot be bound to a namespace where sessions are named by "sessionName": "${sessions.nameForm}" and carry no tags: set "sessionTags" to true, or "sessionName" to "namespace"`,
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
