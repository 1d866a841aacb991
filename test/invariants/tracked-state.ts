import { type Availability, createAvailability } from './availability.ts';
import type { ChangeFact, FaultFact, SessionFact, TrackedObject } from './facts.ts';
import { createPermissions } from './permissions.ts';
import {
  hasSameContent,
  isMarked,
  keyOf,
  ownershipOf,
  type PodFields,
  readPod,
  readRoleReference,
  roleNameOf,
} from './read-objects.ts';

/** The part of the product's configuration that the checker knows. */
export interface CheckedPolicy {
  /** The ARN prefix of role names. */
  readonly baseRoleArn: string;
  /** Whether the stack forbids a role. All other roles exist and trust the refresher, except during a fault. */
  readonly isForbidden: (roleArn: string) => boolean;
  /** How long sessions last, and what the product promises about them. @default - sessions of an hour */
  readonly sessions?: SessionPromise | undefined;
  /** A namespace whose tenant attacks others. It has no right to credentials in time, but keeps those that it uses. */
  readonly hostileNamespace?: string | undefined;
}

/** What the product promises about sessions. Times are in milliseconds. */
export interface SessionPromise {
  /** The longest session that there can be. */
  readonly longestMs: number;
  /** Returns the outage that no Secret with a session of this length notices. */
  readonly toleratedMs: (sessionMs: number) => number;
  /** How much longer than usual renewals may take. */
  readonly changesTakeMs: number;
}

/** A pod that has not ended. */
export interface TrackedPod extends PodFields {
  /** When it was created, or its last gate removed, in ms. */
  readonly since: number;
}

/** A session that STS issued. Times are in milliseconds. */
export interface Session {
  readonly namespace: string;
  readonly roleArn: string;
  readonly issuedAt: number;
  readonly expiresAt: number;
}

/** An existing Secret. Times are in milliseconds. */
export interface TrackedSecret {
  readonly object: TrackedObject;
  /** The session that the product wrote last; absent if it wrote none. */
  readonly session?: Session | undefined;
  /** When another client created or changed it, after the product last wrote credentials. */
  readonly tamperedAt?: number | undefined;
  /** Since when it has the unused mark; absent without the mark. */
  readonly markedAt?: number | undefined;
}

/** An existing AWSIAMRole. */
interface TrackedAwsIamRole {
  readonly uid: string;
  readonly roleArn: string;
  readonly since: number;
  /** The role that it, or an earlier AWSIAMRole of the name, had before. A pass that still runs may have read it. */
  readonly earlierRoleArn?: string | undefined;
}

/** A request of pods or of an AWSIAMRole for a Secret. */
export interface SecretRequest {
  readonly roleArn: string;
  /** When it began, in ms. */
  readonly since: number;
  /** Whether refresh passes see it; otherwise only sweep passes do. */
  readonly isSeenByRefresh: boolean;
}

/** The state of the cluster and of the product's dependencies. Keys are `<namespace>/<name>`. */
export interface TrackedState {
  readonly secrets: ReadonlyMap<string, TrackedSecret>;
  /** Returns the keys of all requested Secrets. */
  requestedKeys(): Iterable<string>;
  requestsOf(key: string): readonly SecretRequest[];
  podsOf(key: string): readonly (readonly [name: string, pod: TrackedPod])[];
  /** Returns the role of an AWSIAMRole, and the role that it had before. */
  rolesOfAwsIamRole(key: string): readonly string[];
  /** Whether the Secret belongs to a deleted AWSIAMRole of its name, and finalizers keep it. */
  isKeptOfEarlierAwsIamRole(key: string): boolean;
  /** Whether both pods and an AWSIAMRole request the Secret. */
  isContested(key: string): boolean;
  sessionOf(accessKeyId: string): Session | undefined;
  /** Whether the namespace allows the role, or did when a pass that still runs read it. */
  allowedRecently(namespace: string, roleArn: string, at: number): boolean;
  /** Returns since when only a fault can keep the product from issuing the credentials; undefined if something else does. */
  issuableSince(key: string, request: SecretRequest): number | undefined;
  /** Returns the dependencies that a refresh pass needs to issue credentials of the role. */
  dependenciesOf(roleArn: string): readonly Availability[];
  readonly sweeps: Availability;
  readonly reliability: Availability;
  /** Returns when the last fault of any kind has ended, or `at` while one is active; 0 if there was none. */
  lastFaultBefore(at: number): number;
  /** The same, without faults that only make invocations late, duplicated or superfluous. */
  lastOutageBefore(at: number): number;
  /** Whether STS denies the role, or has denied it before. */
  wasDenied(roleArn: string): boolean;
  recordChange(at: number, fact: ChangeFact): void;
  recordSession(at: number, fact: SessionFact): void;
  recordFault(at: number, fact: FaultFact): void;
  /** Records the session that the product wrote into a Secret. */
  setSession(key: string, session: Session | undefined): void;
  /** Drops sessions that expired before a time. */
  forgetBefore(at: number): void;
}

/** How long the product may believe a forged annotation after a session, in ms: the clock tolerance, and the second sweep. */
const TAMPER_EFFECT_AFTER_SESSION_MS = 25 * 60_000;

const HOUR_MS = 3_600_000;

/** The promise about sessions of an hour and less: 25 minutes of an hour. */
export const DEFAULT_PROMISE: SessionPromise = {
  longestMs: HOUR_MS,
  toleratedMs: (sessionMs) => (25 / 60) * sessionMs,
  changesTakeMs: 0,
};

/** Maximum delay until the product retries a name that was taken, in ms. */
const MAX_BACK_OFF_MS = 300_000;

/** Creates an empty state. */
export function createTrackedState(policy: CheckedPolicy): TrackedState {
  const { longestMs } = policy.sessions ?? DEFAULT_PROMISE;
  const pods = new Map<string, TrackedPod>();
  const podsBySecret = new Map<string, Set<string>>();
  const secrets = new Map<string, TrackedSecret>();
  const permissions = createPermissions();
  const awsIamRoles = new Map<string, TrackedAwsIamRole>();
  /** The keys of AWSIAMRoles that are being deleted: nothing else gets their Secrets yet. */
  const terminating = new Set<string>();
  /** The roles of deleted AWSIAMRoles. */
  const formerRoles = new Map<string, string>();
  const sessions = new Map<string, Session>();
  /** When a Secret or an AWSIAMRole freed its name, plus the delay until the product retries it. */
  const nameFreeSince = new Map<string, number>();
  const services = {
    api: createAvailability(),
    sts: createAvailability(),
    functions: createAvailability(),
  };
  const sweeps = createAvailability();
  const reliability = createAvailability();
  const punctuality = createAvailability();
  const roles = new Map<string, Availability>();

  const arnOf = (reference: string) =>
    reference.startsWith('arn:') ? reference : policy.baseRoleArn + reference.replace(/^\//, '');
  const nameOf = (roleArn: string) =>
    roleArn.startsWith(policy.baseRoleArn) ? roleArn.slice(policy.baseRoleArn.length) : roleArn;

  const podsOf: TrackedState['podsOf'] = (key) =>
    [...(podsBySecret.get(key) ?? [])].flatMap((name) => {
      const pod = pods.get(name);
      return pod === undefined ? [] : [[name, pod] as const];
    });

  const requestsOf: TrackedState['requestsOf'] = (key) => {
    const awsIamRole = awsIamRoles.get(key);
    const secret = secrets.get(key);
    const ownership = secret && ownershipOf(secret.object);
    const ofResource =
      awsIamRole === undefined
        ? []
        : [{ roleArn: awsIamRole.roleArn, since: awsIamRole.since, isSeenByRefresh: true }];
    if (ofResource.length > 0 && ownership !== 'of-pods') return ofResource;
    // Without its AWSIAMRole, the Secret is not replaced by one for another role.
    if (ownership === 'orphan' || ownership === 'of-awsiamrole') return [];
    if (terminating.has(key) && ownership !== 'of-pods') return [];
    const name = key.slice(key.indexOf('/') + 1);
    const roleArn = policy.baseRoleArn + roleNameOf(name);
    const requesting = podsOf(key)
      .map(([, pod]) => pod)
      .filter(({ requested, isGated }) => !isGated && requested.includes(name));
    const pending = requesting.filter(({ isRunning }) => !isRunning);
    return [
      ...ofResource,
      { roleArn, since: earliestOf(requesting), isSeenByRefresh: false },
      { roleArn, since: earliestOf(pending), isSeenByRefresh: true },
    ].filter(({ since }) => since !== Number.POSITIVE_INFINITY);
  };

  const trackRequest = (secretKey: string, pod: string, isGone: boolean): void => {
    const requesting = podsBySecret.get(secretKey) ?? new Set();
    if (isGone) requesting.delete(pod);
    else requesting.add(pod);
    if (requesting.size === 0) podsBySecret.delete(secretKey);
    else podsBySecret.set(secretKey, requesting);
  };

  const recordPod = (at: number, key: string, { type, object }: ChangeFact): void => {
    const fields = readPod(object);
    const isGone = type === 'DELETED' || !fields.isLive;
    for (const name of fields.used) {
      trackRequest(`${object.metadata.namespace}/${name}`, key, isGone);
    }
    if (isGone) pods.delete(key);
    else {
      const known = pods.get(key);
      const isUngated = known?.isGated === true && !fields.isGated;
      pods.set(key, { ...fields, since: known === undefined || isUngated ? at : known.since });
    }
  };

  const recordSecret = (at: number, key: string, fact: ChangeFact): void => {
    if (fact.type !== 'DELETED') {
      recordWrite(at, key, fact);
      return;
    }
    secrets.delete(key);
    nameFreeSince.set(key, fact.by === 'others' ? at : at + MAX_BACK_OFF_MS);
  };

  const recordWrite = (at: number, key: string, { object, by }: ChangeFact): void => {
    const known = secrets.get(key);
    const isByOthers = by === 'others';
    // A mark of another client may have any time.
    const since = isByOthers ? 0 : (known?.markedAt ?? at);
    const markedAt = isMarked(object) ? since : undefined;
    const isForged = isByOthers && !hasSameContent(known?.object, object);
    // The product renews it when the owner, the finalizer or the immutability is gone.
    if (isByOthers) nameFreeSince.set(key, at + MAX_BACK_OFF_MS);
    secrets.set(key, { ...known, object, markedAt, ...(isForged && { tamperedAt: at }) });
  };

  const recordAwsIamRole = (at: number, key: string, { type, object }: ChangeFact): void => {
    const { uid, deletionTimestamp } = object.metadata;
    const roleArn = arnOf(readRoleReference(object));
    if (type === 'DELETED') terminating.delete(key);
    else if (deletionTimestamp !== undefined) terminating.add(key);
    if (type === 'DELETED' || deletionTimestamp !== undefined) {
      formerRoles.set(key, roleArn);
      awsIamRoles.delete(key);
      nameFreeSince.set(key, at);
      return;
    }
    const known = awsIamRoles.get(key);
    if (known?.uid === uid && known.roleArn === roleArn) return;
    const earlierRoleArn = known?.roleArn ?? formerRoles.get(key);
    awsIamRoles.set(key, { uid, roleArn, since: at, earlierRoleArn });
  };

  const RECORDERS = {
    pods: recordPod,
    secrets: recordSecret,
    awsiamroles: recordAwsIamRole,
    namespaces: (at: number, _: string, fact: ChangeFact) => permissions.record(at, fact),
    events: () => {},
    others: () => {},
  };

  const roleAvailability = (roleArn: string): Availability => {
    const availability = roles.get(roleArn) ?? createAvailability();
    roles.set(roleArn, availability);
    return availability;
  };

  const lastOutageBefore = (at: number): number =>
    lastEndBefore(at, [...Object.values(services), sweeps, reliability, ...roles.values()]);

  return {
    secrets,
    sweeps,
    reliability,
    requestsOf,
    podsOf,
    requestedKeys: () => new Set([...podsBySecret.keys(), ...awsIamRoles.keys()]),
    rolesOfAwsIamRole: (key) => {
      const { roleArn, earlierRoleArn } = awsIamRoles.get(key) ?? {};
      return [roleArn, earlierRoleArn].filter((one) => one !== undefined);
    },
    isKeptOfEarlierAwsIamRole(key) {
      const { deletionTimestamp, ownerReferences = [] } = secrets.get(key)?.object.metadata ?? {};
      const uid = awsIamRoles.get(key)?.uid;
      return deletionTimestamp !== undefined && ownerReferences.some((one) => one.uid !== uid);
    },
    isContested: (key) => podsBySecret.has(key) && awsIamRoles.has(key),
    sessionOf: (accessKeyId) => sessions.get(accessKeyId),
    allowedRecently: (namespace, roleArn, at) =>
      permissions.allowedRecently(namespace, nameOf(roleArn), at),
    issuableSince(key, { roleArn, since }) {
      const allowed = permissions.allowedSince(key.slice(0, key.indexOf('/')), nameOf(roleArn));
      if (allowed === undefined || policy.isForbidden(roleArn)) return undefined;
      const { tamperedAt } = secrets.get(key) ?? {};
      const tampered =
        tamperedAt === undefined ? 0 : tamperedAt + longestMs + TAMPER_EFFECT_AFTER_SESSION_MS;
      return Math.max(allowed, since, tampered, nameFreeSince.get(key) ?? 0);
    },
    dependenciesOf: (roleArn) => [...Object.values(services), roles.get(roleArn) ?? []].flat(),
    lastFaultBefore: (at) => Math.max(lastOutageBefore(at), lastEndBefore(at, [punctuality])),
    lastOutageBefore,
    wasDenied: (roleArn) => roles.has(roleArn),
    recordChange: (at, fact) => RECORDERS[fact.collection](at, keyOf(fact.object), fact),
    recordSession(at, { sessionName, accessKeyId, roleArn, expiresAt }) {
      const [namespace = ''] = sessionName.split('@');
      const session = { namespace, roleArn, issuedAt: at, expiresAt: expiresAt.getTime() };
      sessions.set(accessKeyId, session);
    },
    recordFault(at, { affected, phase }) {
      const known = { ...services, sweeps, reliability, punctuality };
      const availability =
        typeof affected === 'string' ? known[affected] : roleAvailability(affected.roleArn);
      if (phase === 'begins') availability.beginOutage(at);
      else availability.endOutage(at);
    },
    setSession(key, session) {
      const secret = secrets.get(key);
      if (secret !== undefined) secrets.set(key, { ...secret, session, tamperedAt: undefined });
    },
    forgetBefore(at) {
      for (const [id, { expiresAt }] of sessions) if (expiresAt < at) sessions.delete(id);
    },
  };
}

function lastEndBefore(at: number, dependencies: readonly Availability[]): number {
  const ends = dependencies.map((one) => Math.min(at, one.outagesAfter(0)[0]?.to ?? 0));
  return Math.max(...ends);
}

function earliestOf(pods: readonly TrackedPod[]): number {
  return pods.reduce((min, { since }) => Math.min(min, since), Number.POSITIVE_INFINITY);
}
