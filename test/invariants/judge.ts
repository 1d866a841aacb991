import type {
  ChangeFact,
  Fact,
  Invariant,
  SessionFact,
  TroubleFact,
  Violation,
  WitnessedObject,
} from './facts.ts';
import { createHealth, type Health, hadStretch } from './health.ts';
import {
  allowedBy,
  ownershipOf,
  type PodReading,
  readCredentials,
  readPod,
  referenceOf,
  roleNamed,
} from './readings.ts';

/** What a judge is told of the product's configuration. */
export interface JudgedPolicy {
  /** What names of roles are appended to. */
  readonly baseRoleArn: string;
  readonly clusterName: string;
  /** Whether the stack lets pods have the role, and the role exists and trusts the refresher. */
  readonly isGivable: (roleArn: string) => boolean;
  /** Whether the stack forbids the role. */
  readonly isForbidden: (roleArn: string) => boolean;
}

/** Watches that what must never happen does not. It is told everything in order, and remembers what is against a rule. */
export interface Judge {
  readonly violations: readonly Violation[];
  see(at: Date, fact: Fact): void;
  /** Looks at what time alone can break; to be called each minute. */
  clockMovedTo(at: Date): void;
  /** Looks whether everything is as it should be once nothing has happened for two hours. */
  finish(at: Date): void;
  /** What there is in the end, without what differs from one run to another: the names of Secrets and whose they are. */
  endState(): readonly string[];
}

const SECOND = 1_000;
const MINUTE = 60 * SECOND;

/** A run can take so long. What happened since its first look it need not know. */
const RUN = MINUTE;

/**
 * How far back a healthy stretch is looked for, when credentials in use have ended: 25 minutes for a session of an hour, and as much
 * less for a shorter one.
 */
const LOOKED_BACK = 25 / 60;

/** After an outage two ticks are enough. */
const STRETCH = 2 * MINUTE;

/** A role that was denied is tried again after five minutes at most. */
const STRETCH_AFTER_DENIAL = 6.5 * MINUTE;

/** Where some calls or runs fail, it takes more of them until one has no failure. */
const STRETCH_UNRELIABLE = 20 * MINUTE;

/** What only a sweep can see, such as a Secret that somebody took from a running pod, comes with the next of them. */
const STRETCH_OF_SWEEP = 13 * MINUTE;

/** What somebody made of a Secret's annotations may be believed for a session and the tolerance of clocks, and half a sweep. */
const TAMPERED = 85 * MINUTE;

interface Pod extends PodReading {
  readonly namespace: string;
  readonly since: number;
}

interface Secret {
  readonly object: WitnessedObject;
  /** What STS says of the key that the product last wrote; absent where it has written none. */
  readonly session?: Session;
  /** When somebody else last made or changed it. */
  readonly tamperedAt?: number;
}

interface Session {
  readonly namespace: string;
  readonly roleArn: string;
  readonly expiresAt: number;
  readonly issuedAt: number;
}

interface Namespace {
  readonly object: WitnessedObject;
  /** What it allowed, the newest last. */
  readonly allowances: readonly {
    readonly at: number;
    readonly allows: (role: string) => boolean;
  }[];
}

interface Resource {
  readonly object: WitnessedObject;
  readonly roleArn: string;
  readonly since: number;
  /** What it named lately, for runs that were under way. */
  readonly earlier?: string;
}

/** Somebody who wants a Secret, and the role that is meant. */
interface Want {
  readonly roleArn: string;
  readonly since: number;
  /** Whether a run of each minute sees it. */
  readonly isUrgent: boolean;
}

/** Makes a judge that has seen nothing. */
export function createJudge(policy: JudgedPolicy): Judge {
  const violations: Violation[] = [];
  const pods = new Map<string, Pod>();
  const podsBySecret = new Map<string, Set<string>>();
  const secrets = new Map<string, Secret>();
  const namespaces = new Map<string, Namespace>();
  const resources = new Map<string, Resource>();
  const sessions = new Map<string, Session>();
  const services = { api: createHealth(), sts: createHealth(), functions: createHealth() };
  const reliability = createHealth();
  const roles = new Map<string, Health>();
  /** When somebody other than the product last took a Secret away. */
  const takenAt = new Map<string, number>();
  const told = new Set<string>();

  const tell = (invariant: Invariant, at: number, object: string, explanation: string): void => {
    violations.push({ invariant, at: new Date(at), object, explanation });
  };

  const arnOf = (reference: string): string =>
    reference.startsWith('arn:') ? reference : policy.baseRoleArn + reference.replace(/^\//, '');

  const nameBelowBase = (roleArn: string): string =>
    roleArn.startsWith(policy.baseRoleArn) ? roleArn.slice(policy.baseRoleArn.length) : roleArn;

  const allowsLately = (namespace: string, roleArn: string, at: number): boolean => {
    const { allowances = [] } = namespaces.get(namespace) ?? {};
    const role = nameBelowBase(roleArn);
    return allowances.some(({ allows }, i) => {
      const endedAt = allowances[i + 1]?.at ?? Number.POSITIVE_INFINITY;
      return endedAt >= at - RUN && allows(role);
    });
  };

  /** Since when the namespace allows the role; nothing when it does not. */
  const allowedSince = (namespace: string, roleArn: string): number | undefined => {
    const known = namespaces.get(namespace);
    if (known === undefined || known.object.metadata.deletionTimestamp !== undefined)
      return undefined;
    const role = nameBelowBase(roleArn);
    let since: number | undefined;
    for (const { at, allows } of known.allowances) since = allows(role) ? (since ?? at) : undefined;
    return since;
  };

  const healthsOf = (roleArn: string): readonly Health[] => {
    const ofRole = roles.get(roleArn);
    return [...Object.values(services), ...(ofRole === undefined ? [] : [ofRole])];
  };

  /** Who wants a Secret; the one who has waited longest. */
  const wantOf = (key: string): Want | undefined => {
    const resource = resources.get(key);
    const secret = secrets.get(key);
    const isOfPods = secret !== undefined && ownershipOf(secret.object) === 'of-pods';
    if (resource !== undefined && !isOfPods) {
      return { roleArn: resource.roleArn, since: resource.since, isUrgent: true };
    }
    let since = Number.POSITIVE_INFINITY;
    let isUrgent = false;
    for (const podKey of podsBySecret.get(key) ?? []) {
      const pod = pods.get(podKey);
      if (pod === undefined) continue;
      since = Math.min(since, pod.since);
      isUrgent ||= !pod.isRunning;
    }
    if (since === Number.POSITIVE_INFINITY) return undefined;
    const [, name = ''] = key.split('/');
    return { roleArn: policy.baseRoleArn + roleNamed(name), since, isUrgent };
  };

  const lookAt = (key: string, at: number): void => {
    const want = wantOf(key);
    const secret = secrets.get(key);
    if (want === undefined || (secret !== undefined && ownershipOf(secret.object) === 'foreign'))
      return;
    const { session } = secret ?? {};
    if (session !== undefined && session.roleArn === want.roleArn && session.expiresAt > at) {
      told.delete(key);
      return;
    }
    const couldSince = couldBeGivenSince(key, want);
    if (couldSince === undefined || told.has(key)) return;
    const wasGiven = session !== undefined && session.roleArn === want.roleArn;
    const to = at;
    const from = wasGiven ? Math.max(couldSince, at - lookedBack(session)) : couldSince;
    const afterDenial = roles.has(want.roleArn) ? STRETCH_AFTER_DENIAL : 0;
    const isReliable = reliability.gapsAfter(from).length === 0;
    const length = Math.max(
      isReliable ? 0 : STRETCH_UNRELIABLE,
      wasGiven ? STRETCH : STRETCH_OF_SWEEP,
      afterDenial,
    );
    if (!hadStretch(healthsOf(want.roleArn), { from, to, length })) return;
    told.add(key);
    const sinceText = new Date(couldSince).toISOString();
    if (wasGiven) {
      const ended = new Date(session.expiresAt).toISOString();
      tell(
        'in-use-expired',
        at,
        key,
        `ended ${ended}; it could have been renewed since ${sinceText}`,
      );
    } else {
      tell('wanted-not-given', at, key, `it could have been given since ${sinceText}`);
    }
  };

  /** Since when nothing but outages can have kept the product from giving what is wanted. */
  const couldBeGivenSince = (key: string, want: Want): number | undefined => {
    const [namespace = ''] = key.split('/');
    const allowed = allowedSince(namespace, want.roleArn);
    if (allowed === undefined || !policy.isGivable(want.roleArn)) return undefined;
    const secret = secrets.get(key);
    const tampered = secret?.tamperedAt === undefined ? 0 : secret.tamperedAt + TAMPERED;
    return Math.max(allowed, want.since, tampered, takenAt.get(key) ?? 0);
  };

  const seeSession = (at: number, fact: SessionFact): void => {
    const [namespace = ''] = fact.sessionName.split('@');
    const { roleArn, accessKeyId } = fact;
    sessions.set(accessKeyId, {
      namespace,
      roleArn,
      expiresAt: fact.expiresAt.getTime(),
      issuedAt: at,
    });
    if (policy.isForbidden(roleArn)) {
      tell('not-allowed', at, `${namespace} ${roleArn}`, 'the stack forbids the role');
    } else if (!allowsLately(namespace, roleArn, at)) {
      tell('not-allowed', at, `${namespace} ${roleArn}`, 'the namespace does not allow the role');
    }
  };

  const seeTrouble = (at: number, fact: TroubleFact): void => {
    const { with: what } = fact;
    const health =
      typeof what !== 'string'
        ? roleHealth(what.roleArn)
        : what === 'reliability'
          ? reliability
          : services[what];
    if (fact.phase === 'begins') health.begin(at);
    else health.end(at);
  };

  const roleHealth = (roleArn: string): Health => {
    const health = roles.get(roleArn) ?? createHealth();
    roles.set(roleArn, health);
    return health;
  };

  const seeChange = (at: number, fact: ChangeFact): void => {
    const { collection, object } = fact;
    const key = keyOf(object);
    if (fact.by === 'product') checkTouched(at, key, fact);
    if (collection === 'pods') seePod(at, key, fact);
    else if (collection === 'secrets') seeSecret(at, key, fact);
    else if (collection === 'namespaces') seeNamespace(at, fact);
    else if (collection === 'awsiamroles') seeResource(at, key, fact);
  };

  const checkTouched = (
    at: number,
    key: string,
    { collection, type, previous, object }: ChangeFact,
  ) => {
    const isWellKnown =
      collection === 'events' ||
      (collection === 'secrets' && type === 'ADDED') ||
      (collection === 'secrets' && previous !== undefined && ownershipOf(previous) !== 'foreign') ||
      (collection === 'awsiamroles' && type === 'MODIFIED' && sameButStatus(previous, object));
    if (isWellKnown) return;
    tell('foreign-touched', at, key, `the product ${type.toLowerCase()} one of ${collection}`);
  };

  const seePod = (at: number, key: string, { type, object }: ChangeFact): void => {
    const known = pods.get(key);
    const isSame = known !== undefined;
    const reading = readPod(object);
    const isGone = type === 'DELETED' || !reading.isLive;
    for (const name of [...reading.required, ...reading.optional]) {
      const secretKey = `${object.metadata.namespace}/${name}`;
      const wanting = podsBySecret.get(secretKey) ?? new Set();
      podsBySecret.set(secretKey, wanting);
      if (isGone) wanting.delete(key);
      else wanting.add(key);
      if (wanting.size === 0) podsBySecret.delete(secretKey);
    }
    if (isGone) pods.delete(key);
    else {
      const namespace = object.metadata.namespace ?? '';
      pods.set(key, { ...reading, namespace, since: isSame ? known.since : at });
    }
  };

  const seeSecret = (at: number, key: string, fact: ChangeFact): void => {
    const { type, object, previous, by } = fact;
    if (type === 'DELETED') {
      secrets.delete(key);
      if (by === 'product') checkUnused(at, key);
      else takenAt.set(key, at);
      return;
    }
    const known = secrets.get(key);
    if (by === 'others') {
      secrets.set(key, { ...known, object, tamperedAt: at });
      return;
    }
    const isWritten = previous === undefined || !sameData(previous, object);
    const session = isWritten ? checkWritten(at, key, object) : known?.session;
    const kept =
      isWritten || known?.tamperedAt === undefined ? {} : { tamperedAt: known.tamperedAt };
    secrets.set(key, { object, ...(session === undefined ? {} : { session }), ...kept });
  };

  const checkUnused = (at: number, key: string): void => {
    for (const podKey of podsBySecret.get(key) ?? []) {
      const pod = pods.get(podKey);
      if (pod === undefined || (!pod.isRunning && at - pod.since <= RUN)) continue;
      tell(
        'in-use-deleted',
        at,
        key,
        `pod ${podKey} mounts it since ${new Date(pod.since).toISOString()}`,
      );
      return;
    }
  };

  /** Looks at what the product wrote, and returns the session that it is of. */
  const checkWritten = (at: number, key: string, object: WitnessedObject): Session | undefined => {
    const { accessKeyIds, expire } = readCredentials(object);
    const [accessKeyId = ''] = accessKeyIds;
    const session = sessions.get(accessKeyId);
    const [namespace, name = ''] = key.split('/');
    if (accessKeyIds.size !== 1 || session === undefined) {
      tell(
        'crossed-namespaces',
        at,
        key,
        `its files hold ${accessKeyIds.size} access keys, which STS may not know`,
      );
      return undefined;
    }
    const resource = resources.get(key);
    const roleArns =
      ownershipOf(object) === 'of-awsiamrole'
        ? [resource?.roleArn, resource?.earlier]
        : [policy.baseRoleArn + roleNamed(name)];
    if (session.namespace !== namespace) {
      tell('crossed-namespaces', at, key, `it holds a session of namespace ${session.namespace}`);
    } else if (resource !== undefined || ownershipOf(object) === 'of-pods') {
      if (!roleArns.includes(session.roleArn)) {
        tell('crossed-namespaces', at, key, `it holds a session of ${session.roleArn}`);
      }
    }
    if (Date.parse(expire) !== session.expiresAt) {
      tell(
        'crossed-namespaces',
        at,
        key,
        `it says ${expire}, and STS ${new Date(session.expiresAt).toISOString()}`,
      );
    }
    return session;
  };

  const seeNamespace = (at: number, { type, object }: ChangeFact): void => {
    const { name } = object.metadata;
    if (type === 'DELETED') {
      namespaces.delete(name);
      return;
    }
    const { allowances = [] } = namespaces.get(name) ?? {};
    // As long as a run under way may know of what was.
    const recent = allowances.filter((_, i) => (allowances[i + 1]?.at ?? at) >= at - RUN);
    namespaces.set(name, { object, allowances: [...recent, { at, allows: allowedBy(object) }] });
  };

  const seeResource = (at: number, key: string, { type, object }: ChangeFact): void => {
    if (type === 'DELETED' || object.metadata.deletionTimestamp !== undefined) {
      resources.delete(key);
      return;
    }
    const known = resources.get(key);
    const roleArn = arnOf(referenceOf(object));
    const isSame = known?.object.metadata.uid === object.metadata.uid && known.roleArn === roleArn;
    const since = isSame ? known.since : at;
    const earlier = isSame ? known.earlier : known?.roleArn;
    resources.set(key, { object, roleArn, since, ...(earlier === undefined ? {} : { earlier }) });
  };

  return {
    violations,
    see(at, fact) {
      const time = at.getTime();
      if (fact.kind === 'change') seeChange(time, fact);
      else if (fact.kind === 'session') seeSession(time, fact);
      else seeTrouble(time, fact);
    },
    clockMovedTo(at) {
      const time = at.getTime();
      for (const key of podsBySecret.keys()) lookAt(key, time);
      for (const key of resources.keys()) lookAt(key, time);
      for (const [id, session] of sessions) {
        if (session.expiresAt < time) sessions.delete(id);
        else break;
      }
    },
    finish(at) {
      const time = at.getTime();
      for (const [key, { object }] of secrets) {
        const ownership = ownershipOf(object);
        if (ownership === 'foreign') continue;
        const isWanted = wantOf(key) !== undefined;
        const isMarked = object.metadata.annotations?.['kube-aws-iam/unused-since'] !== undefined;
        if (!isWanted && ownership === 'of-pods')
          tell('not-finished', time, key, 'nothing wants it, and it is still there');
        else if (isWanted && isMarked && ownership === 'of-pods')
          tell('not-finished', time, key, 'a pod wants it, and it is marked as unused');
      }
      const wanted = new Set([...podsBySecret.keys(), ...resources.keys()]);
      for (const key of wanted) {
        const want = wantOf(key);
        const secret = secrets.get(key);
        if (want === undefined || couldBeGivenSince(key, want) === undefined) continue;
        if (secret === undefined)
          tell('not-finished', time, key, 'it is wanted, and it is not there');
      }
    },
    endState: () =>
      [...secrets]
        .map(([key, { object, session }]) => {
          const isMarked = object.metadata.annotations?.['kube-aws-iam/unused-since'] !== undefined;
          return `${key} ${ownershipOf(object)} ${session?.roleArn ?? '-'}${isMarked ? ' marked' : ''}`;
        })
        .toSorted(),
  };
}

function lookedBack({ issuedAt, expiresAt }: Session): number {
  return LOOKED_BACK * (expiresAt - issuedAt);
}

function keyOf({ metadata }: WitnessedObject): string {
  return `${metadata.namespace ?? ''}/${metadata.name}`;
}

function sameData(one: WitnessedObject, other: WitnessedObject): boolean {
  const dataOf = (object: WitnessedObject) => (object as { readonly data?: unknown }).data;
  return JSON.stringify(dataOf(one)) === JSON.stringify(dataOf(other));
}

function sameButStatus(one: WitnessedObject | undefined, other: WitnessedObject): boolean {
  const essence = (object: WitnessedObject | undefined) => {
    const { spec, metadata } = (object ?? {}) as {
      spec?: unknown;
      metadata?: WitnessedObject['metadata'];
    };
    return JSON.stringify([
      spec,
      metadata?.labels,
      metadata?.annotations,
      metadata?.ownerReferences,
    ]);
  };
  return essence(one) === essence(other);
}
