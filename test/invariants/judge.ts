import type {
  ChangeFact,
  Fact,
  Invariant,
  SessionFact,
  Violation,
  WitnessedObject,
} from './facts.ts';
import { hadStretch } from './health.ts';
import { ownershipOf, readCredentials, roleNamed } from './readings.ts';
import {
  createWorld,
  isMarked,
  type JudgedPolicy,
  keyOf,
  RUN,
  type Session,
  type Want,
  type WitnessedPod,
  type WitnessedSecret,
} from './world.ts';

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

const MINUTE = 60_000;

/**
 * How far back a healthy stretch is looked for, when credentials in use have ended: 25 minutes for a session of an hour,
 * and as much less for a shorter one.
 */
const LOOKED_BACK = 25 / 60;

/**
 * How long all that the product needs has to be there without a break, in milliseconds, until it has to have given what is
 * wanted.
 */
const STRETCH = {
  /** Two ticks. */
  usual: 2 * MINUTE,
  /** A role that was denied is tried again after five minutes at most. */
  afterDenial: 6.5 * MINUTE,
  /** Where some calls or runs fail, it takes more of them until one has no failure. */
  unreliable: 20 * MINUTE,
  /** What only a sweep can see comes with the next of them; with the one after that, when a mark has to come off first. */
  bySweep: 23 * MINUTE,
  bySweepUnreliable: 160 * MINUTE,
};

/** How long a Secret stays after it was marked as unused. */
const GRACE = 30 * MINUTE;

/** Makes a judge that has seen nothing. */
export function createJudge(policy: JudgedPolicy): Judge {
  const violations: Violation[] = [];
  const world = createWorld(policy);
  /** What is being told until it is mended. */
  const told = new Set<string>();

  const tell = (invariant: Invariant, at: number, object: string, explanation: string): void => {
    violations.push({ invariant, at: new Date(at), object, explanation });
  };

  const judgeSession = (at: number, { roleArn, sessionName }: SessionFact): void => {
    const [namespace = ''] = sessionName.split('@');
    const subject = `${namespace} ${roleArn}`;
    if (policy.isForbidden(roleArn)) tell('not-allowed', at, subject, 'the stack forbids the role');
    else if (!world.allowsLately(namespace, roleArn, at)) {
      tell('not-allowed', at, subject, 'the namespace does not allow the role');
    }
  };

  const judgeChange = (at: number, fact: ChangeFact): void => {
    const key = keyOf(fact.object);
    const before = world.secrets.get(key);
    world.seeChange(at, fact);
    if (fact.by === 'others') return;
    if (!mayChange(fact)) {
      tell(
        'foreign-touched',
        at,
        key,
        `the product ${fact.type.toLowerCase()} one of ${fact.collection}`,
      );
    }
    if (fact.collection === 'secrets') judgeSecret(at, key, fact, before);
  };

  const judgeSecret = (
    at: number,
    key: string,
    fact: ChangeFact,
    before: WitnessedSecret | undefined,
  ): void => {
    const { type, previous, object } = fact;
    if (type === 'DELETED') {
      judgeRemoval(at, key, before);
      return;
    }
    if (isMarked(object) && before?.markedAt === undefined) {
      judgeUnused('in-use-marked', at, key, ([, { since }]) => at - since > RUN);
    }
    if (previous === undefined || !hasSameData(previous, object)) {
      world.noteSession(key, judgeWritten(at, key, object));
    }
  };

  const judgeRemoval = (at: number, key: string, removed: WitnessedSecret | undefined): void => {
    // A pod that came between a sweep's last look and its delete is given a new Secret by the next tick.
    judgeUnused(
      'in-use-deleted',
      at,
      key,
      ([, { isRunning, since }]) => isRunning || at - since > RUN,
    );
    if (removed === undefined || removed.tamperedAt !== undefined) return;
    const { markedAt = at } = removed;
    // The mark says when the run began that made it, which may have written it at its end.
    if (at - markedAt >= GRACE - RUN) return;
    const since = shown(markedAt);
    tell('removed-early', at, key, `it bears the mark of being unused since ${since} only`);
  };

  const judgeUnused = (
    invariant: Invariant,
    at: number,
    key: string,
    counts: (pod: readonly [string, WitnessedPod]) => boolean,
  ): void => {
    const inUse = world.podsOf(key).find(counts);
    if (inUse === undefined) return;
    const [pod, { since }] = inUse;
    tell(invariant, at, key, `pod ${pod} mounts it since ${shown(since)}`);
  };

  /** Looks at what the product wrote, and returns the session that it is of. */
  const judgeWritten = (at: number, key: string, object: WitnessedObject): Session | undefined => {
    const { accessKeyIds, expire } = readCredentials(object);
    const [accessKeyId = ''] = accessKeyIds;
    const session = world.sessionOf(accessKeyId);
    if (accessKeyIds.size !== 1 || session === undefined) {
      const explanation = `its files hold ${accessKeyIds.size} access keys, or one that STS does not know`;
      tell('crossed-namespaces', at, key, explanation);
      return undefined;
    }
    if (session.namespace !== object.metadata.namespace) {
      tell('crossed-namespaces', at, key, `it holds a session of namespace ${session.namespace}`);
    }
    const roleArns =
      ownershipOf(object) === 'of-awsiamrole'
        ? world.rolesOfResource(key)
        : [policy.baseRoleArn + roleNamed(object.metadata.name)];
    if (roleArns.length > 0 && !roleArns.includes(session.roleArn)) {
      tell('crossed-namespaces', at, key, `it holds a session of ${session.roleArn}`);
    }
    if (Date.parse(expire) !== session.expiresAt) {
      const ends = shown(session.expiresAt);
      tell('crossed-namespaces', at, key, `it says that it ends ${expire}, and STS ${ends}`);
    }
    return session;
  };

  /** Looks whether somebody has been without credentials for longer than trouble explains. */
  const judgeWait = (at: number, key: string, want: Want): void => {
    const secret = world.secrets.get(key);
    if (secret !== undefined && ownershipOf(secret.object) === 'foreign') return;
    const session = secret?.session?.roleArn === want.roleArn ? secret.session : undefined;
    if (session !== undefined && session.expiresAt > at) told.delete(key);
    else if (!told.has(key)) judgeLack(at, key, want, session);
  };

  const judgeLack = (at: number, key: string, want: Want, ended: Session | undefined): void => {
    const couldSince = world.couldBeGivenSince(key, want);
    if (couldSince === undefined) return;
    const from = ended === undefined ? couldSince : Math.max(couldSince, at - lookedBack(ended));
    // What somebody made of its annotations a refresh may believe; the sweep sees who wants it.
    const isTampered = world.secrets.get(key)?.tamperedAt !== undefined;
    const isSeenByRefresh = want.isUrgent || (ended !== undefined && !isTampered);
    if (!hadTime(want.roleArn, isSeenByRefresh, from, at)) return;
    told.add(key);
    const explanation = `it could have been given since ${shown(couldSince)}`;
    if (ended === undefined) tell('wanted-not-given', at, key, explanation);
    else tell('in-use-expired', at, key, `${explanation}, ended ${shown(ended.expiresAt)}`);
  };

  const hadTime = (
    roleArn: string,
    isSeenByRefresh: boolean,
    from: number,
    to: number,
  ): boolean => {
    const isReliable = world.reliability.gapsAfter(from).length === 0;
    const healths = world.healthsFor(roleArn);
    if (!isSeenByRefresh) {
      const length = isReliable ? STRETCH.bySweep : STRETCH.bySweepUnreliable;
      return hadStretch([...healths, world.sweeps], { from, to, length });
    }
    const reliably = world.isDenied(roleArn) ? STRETCH.afterDenial : STRETCH.usual;
    return hadStretch(healths, { from, to, length: isReliable ? reliably : STRETCH.unreliable });
  };

  const judgeEnd = (at: number, key: string, object: WitnessedObject): void => {
    if (ownershipOf(object) !== 'of-pods') return;
    const isWanted = world.wantsOf(key).length > 0;
    if (!isWanted) tell('not-finished', at, key, 'nothing wants it, and it is still there');
    else if (isMarked(object)) tell('not-finished', at, key, 'it is wanted, and marked as unused');
  };

  const couldBeGiven = (key: string): boolean =>
    world.wantsOf(key).some((want) => world.couldBeGivenSince(key, want) !== undefined);

  /**
   * Whether the end does not depend on what came first: what is no longer allowed is kept where it was given before, and
   * where pods and an AWSIAMRole want one name, the first has it.
   */
  const isDetermined = (key: string): boolean =>
    world.wantsOf(key).length === 0 || (!world.isContested(key) && couldBeGiven(key));

  return {
    violations,
    see(at, fact) {
      const time = at.getTime();
      if (fact.kind === 'session') {
        world.seeSession(time, fact);
        judgeSession(time, fact);
      } else if (fact.kind === 'trouble') world.seeTrouble(time, fact);
      else judgeChange(time, fact);
    },
    clockMovedTo(at) {
      const time = at.getTime();
      for (const key of world.wantedKeys()) {
        for (const want of world.wantsOf(key)) judgeWait(time, key, want);
      }
      world.forgetBefore(time);
    },
    finish(at) {
      const time = at.getTime();
      for (const [key, { object }] of world.secrets) judgeEnd(time, key, object);
      for (const key of world.wantedKeys()) {
        if (world.secrets.has(key) || !couldBeGiven(key)) continue;
        tell('not-finished', time, key, 'it is wanted, and it is not there');
      }
    },
    endState: () =>
      [...world.secrets]
        .filter(([key]) => isDetermined(key))
        .map(([key, { object, session }]) => {
          const mark = isMarked(object) ? ' marked' : '';
          return `${key} ${ownershipOf(object)} ${session?.roleArn ?? '-'}${mark}`;
        })
        .toSorted(),
  };
}

/** Whether it is the product's to change: its own Secrets as they were before, the status of AWSIAMRoles, Events. */
function mayChange({ collection, type, previous, object }: ChangeFact): boolean {
  if (collection === 'events') return true;
  if (collection === 'awsiamroles') return type === 'MODIFIED' && isSameButStatus(previous, object);
  if (collection !== 'secrets') return false;
  return type === 'ADDED' || (previous !== undefined && ownershipOf(previous) !== 'foreign');
}

function shown(at: number): string {
  return new Date(at).toISOString();
}

function lookedBack({ issuedAt, expiresAt }: Session): number {
  return LOOKED_BACK * (expiresAt - issuedAt);
}

function hasSameData(one: WitnessedObject, other: WitnessedObject): boolean {
  const dataOf = (object: WitnessedObject) => (object as { readonly data?: unknown }).data;
  return JSON.stringify(dataOf(one)) === JSON.stringify(dataOf(other));
}

function isSameButStatus(one: WitnessedObject | undefined, other: WitnessedObject): boolean {
  const essence = (object: WitnessedObject | undefined) => {
    const { spec } = (object ?? {}) as { readonly spec?: unknown };
    const { labels, annotations, ownerReferences } = object?.metadata ?? {};
    return JSON.stringify([spec, labels, annotations, ownerReferences]);
  };
  return essence(one) === essence(other);
}
