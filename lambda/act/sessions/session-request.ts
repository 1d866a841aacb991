import { type SessionNameForm, sessionName } from '../../../contract/session-name.ts';
import type { SessionRequest } from './open-session.ts';

/** How the sessions of pods' roles are opened, as the stack was configured. */
export interface SessionSettings {
  readonly nameForm: SessionNameForm;
  /** The ARN of the cluster, if sessions are tagged with it. */
  readonly clusterArnTag?: string;
  /** What STS is told of who asks, for trust policies that insist on it (`sts:ExternalId`). */
  readonly externalId?: string;
  /** The role through which the roles of pods are assumed; the refresher's own, if there is none. */
  readonly intermediateRoleArn?: string;
}

/** Whose session it is. */
export interface SessionOwner {
  readonly roleArn: string;
  readonly namespace: string;
  readonly clusterName: string;
}

/** What to ask of STS for a pod's role, but for how long. */
export function sessionRequest(settings: SessionSettings, owner: SessionOwner): SessionRequest {
  const { externalId } = settings;
  return {
    input: {
      RoleArn: owner.roleArn,
      RoleSessionName: sessionName(settings.nameForm, owner),
      ...(externalId === undefined ? {} : { ExternalId: externalId }),
      ...tagsOf(settings, owner),
    },
    remedy: remedyOf(settings),
  };
}

/**
 * The session tags of EKS Pod Identity that hold for a (namespace, role), as transitive as there. Those of service account
 * and pod are not among them: a Secret is shared by all pods of a namespace that mount it, whatever their service accounts
 * are.
 */
function tagsOf({ clusterArnTag }: SessionSettings, { clusterName, namespace }: SessionOwner) {
  if (clusterArnTag === undefined) return {};
  const tags = {
    'eks-cluster-arn': clusterArnTag,
    'eks-cluster-name': clusterName,
    'kubernetes-namespace': namespace,
  };
  return {
    Tags: Object.entries(tags).map(([Key, Value]) => ({ Key, Value })),
    TransitiveTagKeys: Object.keys(tags),
  };
}

/** Names every setting that has a part in it, and no value: who reads it may be a cluster's user. */
function remedyOf({ clusterArnTag, externalId, intermediateRoleArn }: SessionSettings): string {
  const actions = clusterArnTag === undefined ? 'sts:AssumeRole' : 'sts:AssumeRole, sts:TagSession';
  const caller =
    intermediateRoleArn === undefined
      ? "this account's refresher role"
      : `the intermediate role ${intermediateRoleArn} (setting assumeRole)`;
  return [
    `The role does not exist, or its trust policy does not name ${caller}`,
    ...(clusterArnTag === undefined
      ? []
      : ['or does not allow it sts:TagSession beside sts:AssumeRole (setting sessionTags)']),
    ...(externalId === undefined
      ? []
      : ['or wants an sts:ExternalId that is not that of the setting externalId']),
    ...(intermediateRoleArn === undefined
      ? []
      : [`or the policy of the intermediate role does not allow ${actions} on it`]),
  ].join(', ');
}
