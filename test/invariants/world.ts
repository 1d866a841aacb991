import type { ChangeFact, SessionFact, TroubleFact, WitnessedObject } from './facts.ts';
import { createHealth, type Health } from './health.ts';
import {
  allowedBy,
  ownershipOf,
  type PodReading,
  readPod,
  referenceOf,
  roleNamed,
} from './readings.ts';

/** What a judge is told of the product's configuration. */
export interface JudgedPolicy {
  /** What names of roles are appended to. */
  readonly baseRoleArn: string;
  /** Whether the stack forbids pods the role. The others exist and trust the refresher, but while a trouble says otherwise. */
  readonly isForbidden: (roleArn: string) => boolean;
}

/** A run can take so long, in milliseconds. What happened since its first look it need not know. */
export const RUN = 60_000;

/** A pod that is neither over nor gone. */
export interface WitnessedPod extends PodReading {
  /** When it came, in milliseconds. */
  readonly since: number;
}

/** A session as STS opened it; times in milliseconds. */
export interface Session {
  readonly namespace: string;
  readonly roleArn: string;
  readonly issuedAt: number;
  readonly expiresAt: number;
}

/** A Secret that is there. */
export interface WitnessedSecret {
  readonly object: WitnessedObject;
  /** Of the key that the product last wrote; absent where it has written none. */
  readonly session?: Session | undefined;
  /** When somebody else made or changed it, after the product last wrote credentials. */
  readonly tamperedAt?: number | undefined;
  /** Since when it bears the mark of being unused; absent where it does not. */
  readonly markedAt?: number | undefined;
}

/** An AWSIAMRole that is there. */
interface WitnessedResource {
  readonly uid: string;
  readonly roleArn: string;
  readonly since: number;
  /** What it, or one of its name before it, named before, for runs that were under way. */
  readonly earlier?: string | undefined;
}

/** Somebody who wants a Secret. */
export interface Want {
  readonly roleArn: string;
  readonly since: number;
  /** Whether a run of each minute sees it; else the sweeps do. */
  readonly isUrgent: boolean;
}

interface Allowance {
  readonly at: number;
  readonly allows: (role: string) => boolean;
}

/** The world as far as rules ask for it. Secrets, pods and AWSIAMRoles go by `<namespace>/<name>`. */
export interface World {
  readonly secrets: ReadonlyMap<string, WitnessedSecret>;
  /** Whatever is wanted, by the Secret's key. */
  wantedKeys(): Iterable<string>;
  wantsOf(key: string): readonly Want[];
  podsOf(key: string): readonly (readonly [name: string, pod: WitnessedPod])[];
  /** The roles that an AWSIAMRole names, or named a moment ago. */
  rolesOfResource(key: string): readonly string[];
  /** Whether both pods and an AWSIAMRole want the name. */
  isContested(key: string): boolean;
  sessionOf(accessKeyId: string): Session | undefined;
  /** Whether the namespace allows the role, or did when a run that is under way looked. */
  allowsLately(namespace: string, roleArn: string, at: number): boolean;
  /** Since when nothing but trouble can have kept the product from giving what is wanted; nothing when something else does. */
  couldBeGivenSince(key: string, want: Want): number | undefined;
  /** What was there that a refresh needs to give the role. */
  healthsFor(roleArn: string): readonly Health[];
  readonly sweeps: Health;
  readonly reliability: Health;
  isDenied(roleArn: string): boolean;
  seeChange(at: number, fact: ChangeFact): void;
  seeSession(at: number, fact: SessionFact): void;
  seeTrouble(at: number, fact: TroubleFact): void;
  /** Notes what the product wrote into a Secret. */
  noteSession(key: string, session: Session | undefined): void;
  forgetBefore(at: number): void;
}

/**
 * What somebody made of a Secret's annotations may be believed for a session and the tolerance of clocks, and until the sweep
 * after next.
 */
const TAMPERED = 85 * 60_000;

/** Who found the name taken is tried again after five minutes at most. */
const TRIED_AGAIN = 300_000;

/** A world in which nothing has happened. */
export function createWorld(policy: JudgedPolicy): World {
  const pods = new Map<string, WitnessedPod>();
  const podsBySecret = new Map<string, Set<string>>();
  const secrets = new Map<string, WitnessedSecret>();
  const namespaces = new Map<
    string,
    { object: WitnessedObject; allowances: readonly Allowance[] }
  >();
  const resources = new Map<string, WitnessedResource>();
  /** The roles that AWSIAMRoles named which are gone. */
  const namedOnce = new Map<string, string>();
  const sessions = new Map<string, Session>();
  /** Since when a name is free that a Secret had, or an AWSIAMRole, and that is not tried again later still. */
  const takenAt = new Map<string, number>();
  const services = { api: createHealth(), sts: createHealth(), functions: createHealth() };
  const sweeps = createHealth();
  const reliability = createHealth();
  const roles = new Map<string, Health>();

  const arnOf = (reference: string) =>
    reference.startsWith('arn:') ? reference : policy.baseRoleArn + reference.replace(/^\//, '');
  const nameOf = (roleArn: string) =>
    roleArn.startsWith(policy.baseRoleArn) ? roleArn.slice(policy.baseRoleArn.length) : roleArn;

  const podsOf: World['podsOf'] = (key) =>
    [...(podsBySecret.get(key) ?? [])].flatMap((name) => {
      const pod = pods.get(name);
      return pod === undefined ? [] : [[name, pod] as const];
    });

  const wantsOf: World['wantsOf'] = (key) => {
    const resource = resources.get(key);
    const secret = secrets.get(key);
    const isOfPods = secret !== undefined && ownershipOf(secret.object) === 'of-pods';
    if (resource !== undefined && !isOfPods) {
      return [{ roleArn: resource.roleArn, since: resource.since, isUrgent: true }];
    }
    const roleArn = policy.baseRoleArn + roleNamed(key.slice(key.indexOf('/') + 1));
    const wanting = podsOf(key).map(([, pod]) => pod);
    const [all, pending] = [wanting, wanting.filter(({ isRunning }) => !isRunning)].map((some) =>
      some.reduce((earliest, { since }) => Math.min(earliest, since), Number.POSITIVE_INFINITY),
    );
    return [
      { roleArn, since: all ?? Number.POSITIVE_INFINITY, isUrgent: false },
      { roleArn, since: pending ?? Number.POSITIVE_INFINITY, isUrgent: true },
    ].filter(({ since }) => since !== Number.POSITIVE_INFINITY);
  };

  const allowedSince = (namespace: string, roleArn: string): number | undefined => {
    const known = namespaces.get(namespace);
    if (known === undefined || known.object.metadata.deletionTimestamp !== undefined)
      return undefined;
    let since: number | undefined;
    for (const { at, allows } of known.allowances) {
      since = allows(nameOf(roleArn)) ? (since ?? at) : undefined;
    }
    return since;
  };

  const noteWish = (secretKey: string, pod: string, isGone: boolean): void => {
    const wanting = podsBySecret.get(secretKey) ?? new Set();
    if (isGone) wanting.delete(pod);
    else wanting.add(pod);
    if (wanting.size === 0) podsBySecret.delete(secretKey);
    else podsBySecret.set(secretKey, wanting);
  };

  const seePod = (at: number, key: string, { type, object }: ChangeFact): void => {
    const reading = readPod(object);
    const isGone = type === 'DELETED' || !reading.isLive;
    for (const name of reading.wanted)
      noteWish(`${object.metadata.namespace}/${name}`, key, isGone);
    if (isGone) pods.delete(key);
    else pods.set(key, { ...reading, since: pods.get(key)?.since ?? at });
  };

  const seeSecret = (at: number, key: string, { type, object, by }: ChangeFact): void => {
    const known = secrets.get(key);
    if (type !== 'DELETED') {
      // The mark of somebody else may say anything.
      const since = by === 'others' ? 0 : (known?.markedAt ?? at);
      const markedAt = isMarked(object) ? since : undefined;
      secrets.set(key, { ...known, object, markedAt, ...(by === 'others' && { tamperedAt: at }) });
      return;
    }
    secrets.delete(key);
    takenAt.set(key, by === 'others' ? at : at + TRIED_AGAIN);
  };

  const seeNamespace = (at: number, { type, object }: ChangeFact): void => {
    const { name } = object.metadata;
    const { allowances = [] } = namespaces.get(name) ?? {};
    const isGone = type === 'DELETED';
    // As long as a run under way may know of what was.
    const recent = allowances.filter((_, i) => (allowances[i + 1]?.at ?? at) >= at - RUN);
    const now = isGone
      ? { at, allows: () => false }
      : { at: sinceOf(recent, object, at), allows: allowedBy(object) };
    namespaces.set(name, { object, allowances: [...recent, now] });
  };

  /** A change that is none of the annotation allows nothing anew. */
  const sinceOf = (recent: readonly Allowance[], object: WitnessedObject, at: number): number => {
    const before = namespaces.get(object.metadata.name)?.object.metadata;
    const isSame =
      before?.uid === object.metadata.uid &&
      JSON.stringify(before.annotations) === JSON.stringify(object.metadata.annotations);
    return (isSame ? recent.at(-1)?.at : undefined) ?? at;
  };

  const seeResource = (at: number, key: string, { type, object }: ChangeFact): void => {
    const { uid, deletionTimestamp } = object.metadata;
    if (type === 'DELETED' || deletionTimestamp !== undefined) {
      namedOnce.set(key, arnOf(referenceOf(object)));
      resources.delete(key);
      takenAt.set(key, at);
      return;
    }
    const known = resources.get(key);
    const roleArn = arnOf(referenceOf(object));
    if (known?.uid === uid && known.roleArn === roleArn) return;
    resources.set(key, { uid, roleArn, since: at, earlier: known?.roleArn ?? namedOnce.get(key) });
  };

  const SEEN = {
    pods: seePod,
    secrets: seeSecret,
    awsiamroles: seeResource,
    namespaces: (at: number, _: string, fact: ChangeFact) => seeNamespace(at, fact),
    events: () => {},
    others: () => {},
  };

  const roleHealth = (roleArn: string): Health => {
    const health = roles.get(roleArn) ?? createHealth();
    roles.set(roleArn, health);
    return health;
  };

  return {
    secrets,
    sweeps,
    reliability,
    wantsOf,
    podsOf,
    wantedKeys: () => new Set([...podsBySecret.keys(), ...resources.keys()]),
    rolesOfResource: (key) => {
      const { roleArn, earlier } = resources.get(key) ?? {};
      return [roleArn, earlier].filter((one) => one !== undefined);
    },
    isContested: (key) => podsBySecret.has(key) && resources.has(key),
    sessionOf: (accessKeyId) => sessions.get(accessKeyId),
    allowsLately(namespace, roleArn, at) {
      const { allowances = [] } = namespaces.get(namespace) ?? {};
      return allowances.some(({ allows }, i) => {
        const endedAt = allowances[i + 1]?.at ?? Number.POSITIVE_INFINITY;
        return endedAt >= at - RUN && allows(nameOf(roleArn));
      });
    },
    couldBeGivenSince(key, { roleArn, since }) {
      const allowed = allowedSince(key.slice(0, key.indexOf('/')), roleArn);
      if (allowed === undefined || policy.isForbidden(roleArn)) return undefined;
      const { tamperedAt } = secrets.get(key) ?? {};
      const tampered = tamperedAt === undefined ? 0 : tamperedAt + TAMPERED;
      return Math.max(allowed, since, tampered, takenAt.get(key) ?? 0);
    },
    healthsFor: (roleArn) => [...Object.values(services), roles.get(roleArn) ?? []].flat(),
    isDenied: (roleArn) => roles.has(roleArn),
    seeChange: (at, fact) => SEEN[fact.collection](at, keyOf(fact.object), fact),
    seeSession(at, { sessionName, accessKeyId, roleArn, expiresAt }) {
      const [namespace = ''] = sessionName.split('@');
      const session = { namespace, roleArn, issuedAt: at, expiresAt: expiresAt.getTime() };
      sessions.set(accessKeyId, session);
    },
    seeTrouble(at, { with: what, phase }) {
      const known = { ...services, sweeps, reliability };
      const health = typeof what === 'string' ? known[what] : roleHealth(what.roleArn);
      if (phase === 'begins') health.begin(at);
      else health.end(at);
    },
    noteSession(key, session) {
      const secret = secrets.get(key);
      if (secret !== undefined) secrets.set(key, { ...secret, session, tamperedAt: undefined });
    },
    forgetBefore(at) {
      for (const [id, { expiresAt }] of sessions) if (expiresAt < at) sessions.delete(id);
    },
  };
}

/** Whether a Secret bears the mark of being unused. */
export function isMarked({ metadata }: WitnessedObject): boolean {
  return metadata.annotations?.['kube-aws-iam/unused-since'] !== undefined;
}

/** `<namespace>/<name>`. */
export function keyOf({ metadata }: WitnessedObject): string {
  return `${metadata.namespace ?? ''}/${metadata.name}`;
}
