import { PRODUCT_NAMESPACE } from '../../../contract/forwarder.ts';
import { type SessionNameForm, sessionName } from '../../../contract/session-name.ts';
import type { CachedValue } from '../../../kubernetes/cached-value.ts';
import { abortable } from '../../../kubernetes/cached-value.ts';
import type { Credentials } from '../secrets/render-secret.ts';
import { AssumeRoleError, CallerCredentialsError } from './assume-role-error.ts';
import type { IntermediateSession } from './intermediate-session.ts';
import { requestSession, type SessionRequest, type StsApi } from './sts-client.ts';

/** Opens a session of a role for a namespace. @throws {AssumeRoleError} */
export type AssumeRole = (
  request: {
    readonly roleArn: string;
    readonly namespace: string;
    readonly sessionSeconds: number;
  },
  signal: AbortSignal,
) => Promise<Credentials>;

export interface AssumeRoleDeps {
  /** STS as the refresher itself. */
  readonly sts: StsApi;
  /** STS as the intermediate role, if the roles of pods are assumed through one. */
  readonly intermediate: CachedValue<IntermediateSession> | undefined;
  readonly settings: SessionSettings;
  readonly clusterName: string;
  readonly forwarderRoleArn: string | undefined;
  readonly now: () => Date;
  /** Called before each call, to make sure of the connections. */
  readonly beforeCall: () => void;
}

/** The forwarder's role is the stack's own, and its trust policy knows the refresher and this form of names only. */
const FORWARDER_SESSION: SessionSettings = { nameForm: 'namespace' };

/** Makes the step that calls STS. */
export function createAssumeRole(deps: AssumeRoleDeps): AssumeRole {
  const { sts, clusterName } = deps;
  return async ({ roleArn, namespace, sessionSeconds }, signal) => {
    const isForwarders = roleArn === deps.forwarderRoleArn && namespace === PRODUCT_NAMESPACE;
    const settings = isForwarders ? FORWARDER_SESSION : deps.settings;
    const { input, remedy } = sessionRequest(settings, { roleArn, namespace, clusterName });
    const request = { input: { ...input, DurationSeconds: sessionSeconds }, remedy };
    deps.beforeCall();
    return isForwarders || deps.intermediate === undefined
      ? requestSession(sts, request, signal)
      : openThrough(deps, deps.intermediate, request, signal);
  };
}

/**
 * A session that is so old, in milliseconds, is not kept when it is denied a role: its own may have been revoked, for which
 * STS has no other word. It costs a call in five minutes where it was the role that denied.
 */
const DOUBTED_AFTER_MILLISECONDS = 300_000;

async function openThrough(
  { now }: AssumeRoleDeps,
  intermediate: CachedValue<IntermediateSession>,
  request: SessionRequest,
  signal: AbortSignal,
): Promise<Credentials> {
  const session = await abortable(intermediate.get(), signal);
  try {
    return await requestSession(session.sts, request, signal);
  } catch (error) {
    const isOld = now().getTime() - session.openedAt.getTime() >= DOUBTED_AFTER_MILLISECONDS;
    // The role was made anew, or the clock is wrong: another session may be known.
    if (error instanceof CallerCredentialsError || (isDenial(error) && isOld)) {
      intermediate.invalidate(session);
    }
    throw error;
  }
}

function isDenial(error: unknown): boolean {
  return error instanceof AssumeRoleError && error.reason === 'assume-role-denied';
}

/**
 * Makes a step that opens one session for all that is the same in a run: several AWSIAMRoles of a namespace may name one
 * role. Never one for two namespaces.
 */
export function shareSessions(assumeRole: AssumeRole): AssumeRole {
  const sessions = new Map<string, Promise<Credentials>>();
  return (request, signal) => {
    const { namespace, roleArn, sessionSeconds } = request;
    const key = `${namespace} ${sessionSeconds} ${roleArn}`;
    const session = sessions.get(key) ?? assumeRole(request, signal);
    sessions.set(key, session);
    return session;
  };
}

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
export interface SessionTarget {
  readonly roleArn: string;
  readonly namespace: string;
  readonly clusterName: string;
}

/** What to ask of STS for a pod's role, but for how long. */
export function sessionRequest(settings: SessionSettings, owner: SessionTarget): SessionRequest {
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
function tagsOf({ clusterArnTag }: SessionSettings, { clusterName, namespace }: SessionTarget) {
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
