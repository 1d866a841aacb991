import type { MovableClock } from '../../local/clock.ts';
import type { EmbeddedCloud } from '../../local/cloud.ts';
import type {
  Author,
  ChangeFact,
  Collection,
  TroubleFact,
  WitnessedObject,
} from '../invariants/facts.ts';
import { createJudge, type Judge } from '../invariants/judge.ts';
import { BASE_ROLE_ARN } from '../support/builders.ts';
import { CLUSTER_NAME } from '../support/deployment.ts';
import { type EtcdEvent, watchEtcd } from './etcd-watch.ts';

/** Tells a judge all that happens in a real cluster and in STS, and when the clock moves. */
export interface Witness extends Pick<Judge, 'violations' | 'endState'> {
  /** Notes that somebody other than the product made a version of an object. */
  noteVersion(resourceVersion: string): void;
  /** Notes that somebody other than the product deletes an object, e.g. `secrets/shop/aws-iam-orders`. */
  noteDeletion(object: string): void;
  /** Notes a trouble that begins or ends now. */
  see(trouble: TroubleFact): Promise<void>;
  /** Returns when everything that has happened is judged. */
  caughtUp(): Promise<void>;
  /** Moves the clock once everything is judged, and has the judge look what time alone broke. */
  advance(seconds: number): Promise<void>;
  stop(): void;
}

/** Where the API server keeps what is judged; everything else is not looked at. */
const PLACES: Readonly<Record<string, Collection>> = {
  namespaces: 'namespaces',
  pods: 'pods',
  secrets: 'secrets',
  'zalando.org/awsiamroles': 'awsiamroles',
};

/** Starts to watch. What was there before is not known. */
export async function startWitness(input: {
  readonly etcdUrl: string;
  readonly cloud: EmbeddedCloud;
  readonly clock: MovableClock;
}): Promise<Witness> {
  const { cloud, clock } = input;
  const judge = createJudge({
    baseRoleArn: BASE_ROLE_ARN,
    isForbidden: (roleArn) => !roleArn.startsWith(`${BASE_ROLE_ARN}app-`),
  });
  const versionsOfOthers = new Set<string>();
  const deletedByOthers = new Set<string>();
  const endingNamespaces = new Set<string>();
  const waiting: (() => void)[] = [];
  let sessions = 0;

  const noteSessions = (): void => {
    for (const { role, sessionName, credentials } of cloud.issuedSessions().slice(sessions)) {
      sessions += 1;
      // Those that Lambda and the Scheduler opened are named otherwise.
      if (!sessionName.endsWith(`@${CLUSTER_NAME}`)) continue;
      const { accessKeyId, expiration: expiresAt } = credentials;
      const session = { roleArn: role.arn, sessionName, accessKeyId, expiresAt };
      const at = clock.now();
      waiting.push(() => judge.see(at, { kind: 'session', ...session }));
    }
  };

  const authorOf = (key: string, namespace: string, revision: number, isGoing: boolean): Author => {
    // Kubernetes itself clears up a namespace that ends. Whoever is not known for somebody else is taken for the product.
    const isClearedUp = endingNamespaces.has(namespace) && (isGoing || !key.startsWith('secrets/'));
    const isOfOthers = isGoing ? deletedByOthers.has(key) : versionsOfOthers.has(`${revision}`);
    return isClearedUp || isOfOthers ? 'others' : 'product';
  };

  const seeEvent = (at: Date, event: EtcdEvent): void => {
    const change = readChange(event);
    if (change === undefined) return;
    const { collection, object, type } = change;
    const { name, namespace = '' } = object.metadata;
    const isMarkedToGo = object.metadata.deletionTimestamp !== undefined;
    if (collection === 'namespaces' && isMarkedToGo) endingNamespaces.add(name);
    const key = `${collection}/${namespace}/${name}`;
    // An object that goes may be marked for that first.
    const isGoing = type === 'DELETED' || isMarkedToGo;
    const scope = collection === 'namespaces' ? name : namespace;
    const by = authorOf(key, scope, event.kv.mod_revision, isGoing);
    if (type === 'DELETED') deletedByOthers.delete(key);
    judge.see(at, { kind: 'change', ...change, by });
  };

  const watch = await watchEtcd(input.etcdUrl, (event) => {
    // Who did it is known only when the answer has come to whom it may have been.
    const at = clock.now();
    noteSessions();
    waiting.push(() => seeEvent(at, event));
  });

  const caughtUp = async () => {
    await watch.caughtUp();
    noteSessions();
    for (const judgeNext of waiting.splice(0)) judgeNext();
  };
  return {
    violations: judge.violations,
    endState: judge.endState,
    caughtUp,
    noteVersion: (version) => void versionsOfOthers.add(version),
    noteDeletion: (object) => void deletedByOthers.add(object),
    async see(trouble) {
      await caughtUp();
      judge.see(clock.now(), trouble);
    },
    async advance(seconds) {
      await caughtUp();
      clock.advance(seconds);
      judge.clockMovedTo(clock.now());
    },
    stop: watch.stop,
  };
}

/** A change of an object that is judged; nothing when it is of another. */
function readChange({
  type,
  kv,
  prev_kv: before,
}: EtcdEvent): Omit<ChangeFact, 'kind' | 'by'> | undefined {
  const [, place = ''] = /^\/registry\/(zalando\.org\/awsiamroles|[a-z]+)\//.exec(kv.key) ?? [];
  const collection = PLACES[place];
  if (collection === undefined) return undefined;
  const previous = before && (JSON.parse(before.value) as WitnessedObject);
  const object = type === 'DELETE' ? previous : (JSON.parse(kv.value) as WitnessedObject);
  if (object === undefined) return undefined;
  if (type === 'DELETE') return { type: 'DELETED', collection, object, previous };
  return { type: previous === undefined ? 'ADDED' : 'MODIFIED', collection, object, previous };
}
