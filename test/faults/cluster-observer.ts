import type { MovableClock } from '../../local/clock.ts';
import type { EmbeddedCloud } from '../../local/cloud.ts';
import type { Author, ChangeFact, Collection, TrackedObject } from '../invariants/facts.ts';
import { createInvariantChecker, type InvariantChecker } from '../invariants/invariant-checker.ts';
import { BASE_ROLE_ARN } from '../support/builders/builders.ts';
import { CLUSTER_NAME } from '../support/deployment/deployment.ts';
import { type EtcdEvent, watchEtcd } from './etcd-watch.ts';

/** Passes everything that happens in a real cluster and in STS to an invariant checker. */
export interface ClusterObserver extends Pick<InvariantChecker, 'violations' | 'endState'> {
  /** Records that a client other than the product wrote this version of an object. */
  recordUserWrite(resourceVersion: string): void;
  /** Records that a client other than the product deletes an object, such as `secrets/shop/aws-iam-orders`. */
  recordUserDelete(object: string): void;
  /** Waits until everything that has happened is checked. */
  catchUp(): Promise<void>;
  /** Catches up, moves the clock, and checks deadlines. */
  advance(seconds: number): Promise<void>;
  stop(): void;
}

/** Storage prefixes of the checked resources in etcd. Other keys are ignored. */
const COLLECTIONS: Readonly<Record<string, Collection>> = {
  namespaces: 'namespaces',
  pods: 'pods',
  secrets: 'secrets',
  'zalando.org/awsiamroles': 'awsiamroles',
};

/** Starts to watch etcd. Earlier objects are not known. */
export async function startClusterObserver(input: {
  readonly etcdUrl: string;
  readonly cloud: EmbeddedCloud;
  readonly clock: MovableClock;
}): Promise<ClusterObserver> {
  const { cloud, clock } = input;
  const checker = createInvariantChecker({
    baseRoleArn: BASE_ROLE_ARN,
    isForbidden: (roleArn) => !roleArn.startsWith(`${BASE_ROLE_ARN}app-`),
  });
  const userVersions = new Set<string>();
  const userDeletions = new Set<string>();
  const terminatingNamespaces = new Set<string>();
  const pending: (() => void)[] = [];
  let sessions = 0;

  const recordSessions = (): void => {
    for (const { role, sessionName, credentials } of cloud.issuedSessions().slice(sessions)) {
      sessions += 1;
      // Sessions of Lambda and the Scheduler have other names.
      if (!sessionName.endsWith(`@${CLUSTER_NAME}`)) continue;
      const { accessKeyId, expiration: expiresAt } = credentials;
      const session = { roleArn: role.arn, sessionName, accessKeyId, expiresAt };
      const at = clock.now();
      pending.push(() => checker.record(at, { kind: 'session', ...session }));
    }
  };

  const authorOf = (
    key: string,
    namespace: string,
    revision: number,
    isDeletion: boolean,
  ): Author => {
    // Kubernetes deletes the objects of a terminating namespace. Every other unknown author counts as the product.
    const isCleanUp =
      terminatingNamespaces.has(namespace) && (isDeletion || !key.startsWith('secrets/'));
    const isByUser = isDeletion ? userDeletions.has(key) : userVersions.has(`${revision}`);
    return isCleanUp || isByUser ? 'others' : 'product';
  };

  const recordEvent = (at: Date, event: EtcdEvent): void => {
    const change = readChange(event);
    if (change === undefined) return;
    const { collection, object, type } = change;
    const { name, namespace = '' } = object.metadata;
    const isTerminating = object.metadata.deletionTimestamp !== undefined;
    if (collection === 'namespaces' && isTerminating) terminatingNamespaces.add(name);
    const key = `${collection}/${namespace}/${name}`;
    // The API server may set deletionTimestamp first.
    const isDeletion = type === 'DELETED' || isTerminating;
    const scope = collection === 'namespaces' ? name : namespace;
    const by = authorOf(key, scope, event.kv.mod_revision, isDeletion);
    if (type === 'DELETED') userDeletions.delete(key);
    checker.record(at, { kind: 'change', ...change, by });
  };

  const watch = await watchEtcd(input.etcdUrl, (event) => {
    // The author is known only after the client has received its response.
    const at = clock.now();
    recordSessions();
    pending.push(() => recordEvent(at, event));
  });

  const catchUp = async () => {
    await watch.catchUp();
    recordSessions();
    for (const check of pending.splice(0)) check();
  };
  return {
    violations: checker.violations,
    endState: checker.endState,
    catchUp,
    recordUserWrite: (version) => void userVersions.add(version),
    recordUserDelete: (object) => void userDeletions.add(object),
    async advance(seconds) {
      await catchUp();
      clock.advance(seconds);
      checker.checkDeadlines(clock.now());
    },
    stop: watch.stop,
  };
}

/** Reads a change of a checked resource; returns undefined for other resources. */
function readChange({
  type,
  kv,
  prev_kv: before,
}: EtcdEvent): Omit<ChangeFact, 'kind' | 'by'> | undefined {
  const [, prefix = ''] = /^\/registry\/(zalando\.org\/awsiamroles|[a-z]+)\//.exec(kv.key) ?? [];
  const collection = COLLECTIONS[prefix];
  if (collection === undefined) return undefined;
  const previous = before && (JSON.parse(before.value) as TrackedObject);
  const object = type === 'DELETE' ? previous : (JSON.parse(kv.value) as TrackedObject);
  if (object === undefined) return undefined;
  if (type === 'DELETE') return { type: 'DELETED', collection, object, previous };
  return { type: previous === undefined ? 'ADDED' : 'MODIFIED', collection, object, previous };
}
