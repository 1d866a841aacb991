import { hash } from 'node:crypto';
import {
  type SessionNameForm,
  type SessionTarget,
  sessionName,
} from '../../contract/aws/session-name.ts';
import type { SessionSource } from '../../contract/aws/session-source.ts';
import { PRODUCT_NAMESPACE } from '../../contract/forwarder.ts';
import { CHAINED_SESSION_SECONDS } from '../../contract/limits.ts';

/** Settings of the sessions of pod roles. */
export interface SessionSettings {
  readonly nameForm: SessionNameForm;
  readonly source: SessionSource;
  /** The OIDC issuer of the cluster, which accounts register; absent with source `role`. */
  readonly issuer?: string;
  /** How long they last, in seconds, unless an AWSIAMRole requests less. */
  readonly seconds: number;
  /** The ARN of the cluster; absent when sessions are not tagged. */
  readonly clusterArnTag?: string;
  /** Sent as `ExternalId`, for trust policies that require it (`sts:ExternalId`). */
  readonly externalId?: string;
  /** The role through which pod roles are assumed; absent when the refresher's own role assumes them. */
  readonly intermediateRoleArn?: string;
}

/** The part of the configuration that determines sessions. */
export interface SessionConfig {
  readonly sessions: SessionSettings;
  readonly clusterName: string;
  readonly policy: { readonly forwarderRoleArn?: string | undefined };
}

/** What one session is for. */
export type SessionSubject = Pick<SessionTarget, 'namespace' | 'roleArn'>;

/** Whether a session is that of the product's own pod, which the settings do not apply to: of the forwarder, or of a refresher in the cluster. */
export function isForwarderSession(
  { policy }: Pick<SessionConfig, 'policy'>,
  { namespace, roleArn }: SessionSubject,
): boolean {
  return roleArn === policy.forwarderRoleArn && namespace === PRODUCT_NAMESPACE;
}

/**
 * Whether a session is requested in the same way as those of all pods, so that its success says something about them: every
 * session but that of the forwarder, if settings apply to the others only.
 */
export function isComparableSession(config: SessionConfig, subject: SessionSubject): boolean {
  const { source, clusterArnTag, externalId, intermediateRoleArn } = config.sessions;
  const hasSettings =
    source !== 'role' ||
    [clusterArnTag, externalId, intermediateRoleArn].some((one) => one !== undefined);
  return !hasSettings || !isForwarderSession(config, subject);
}

/** The stack creates the forwarder's role with a trust policy for the refresher and this form of session name. */
const FORWARDER_SETTINGS: SessionSettings = {
  nameForm: 'namespace',
  source: 'role',
  seconds: CHAINED_SESSION_SECONDS,
};

/** Returns the settings of a session. */
export function sessionSettingsFor(
  config: SessionConfig,
  subject: SessionSubject,
): SessionSettings {
  return isForwarderSession(config, subject) ? FORWARDER_SETTINGS : config.sessions;
}

/** Returns the parameters of AssumeRole (STS) for a session of a pod role, without its duration. */
export function sessionParameters(settings: SessionSettings, target: SessionTarget) {
  const { externalId } = settings;
  return {
    RoleArn: target.roleArn,
    RoleSessionName: sessionName(settings.nameForm, target),
    ...(externalId === undefined ? {} : { ExternalId: externalId }),
    ...tagsOf(settings, target),
  };
}

/**
 * Returns those session tags of EKS Pod Identity that apply to a namespace and a role, transitive as they are there.
 * The tags for the service account and the pod are omitted: all pods of a namespace share the Secret.
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

/** Length of the hash of a session request, in hexadecimal digits. It detects changes, and protects nothing. */
const FINGERPRINT_DIGITS = 8;

/**
 * Length of the hash of an external ID, in hexadecimal digits. The external ID enters every fingerprint as these 16 bits,
 * so all Secrets together reveal no more of it than that.
 */
const EXTERNAL_ID_DIGITS = 4;

/** Returns the hash of a session request. */
export type Fingerprint = (subject: SessionSubject & { readonly sessionSeconds: number }) => string;

/**
 * Returns the function that computes a short hash of everything that makes up a session request. It differs when the
 * credentials in a Secret were issued for another configuration than the current one. Anyone who can read Secrets can read
 * it.
 */
export function createFingerprint(config: SessionConfig): Fingerprint {
  const { clusterName } = config;
  const { externalId } = config.sessions;
  // Once, because a pass compares thousands of Secrets.
  const externalIdHash = externalId && shortHash(externalId, EXTERNAL_ID_DIGITS);
  return ({ namespace, roleArn, sessionSeconds }) => {
    const settings = sessionSettingsFor(config, { namespace, roleArn });
    const { externalId: ownExternalId, intermediateRoleArn, ...others } = settings;
    const request = [
      sessionParameters(others, { namespace, roleArn, clusterName }),
      sessionSeconds,
      intermediateRoleArn ?? null,
      ownExternalId === undefined ? null : externalIdHash,
      ...(settings.source === 'role' ? [] : [settings.source]),
    ];
    return shortHash(JSON.stringify(request), FINGERPRINT_DIGITS);
  };
}

function shortHash(text: string, digits: number): string {
  return hash('sha256', text).slice(0, digits);
}
