import type { StoredMetadata, StoredObject } from './stored-object.ts';

/** Something that happened to an object. Of a deleted one, `object` is its last state with the version of the deletion. */
export interface Change {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED';
  readonly resourceVersion: number;
  readonly object: StoredObject;
  /** The object before the change; absent when it is new. */
  readonly previous?: StoredObject;
}

/** A collection at one moment, sorted by key. */
export interface Snapshot {
  readonly resourceVersion: number;
  readonly objects: readonly StoredObject[];
}

/** An object that is to be stored; its version is given by the store. */
export type UnversionedObject = {
  readonly metadata: Omit<StoredMetadata, 'resourceVersion'>;
};

/** Collections of objects with one version counter over all of them, as etcd has it. */
export interface Store {
  readonly resourceVersion: number;
  get(collection: string, namespace: string | undefined, name: string): StoredObject | undefined;
  /** Adds an object, or puts it in the place of the one with its key. */
  put(collection: string, object: UnversionedObject): StoredObject;
  remove(collection: string, object: StoredObject): StoredObject;
  snapshot(collection: string): Snapshot;
  /** Remembers a snapshot for the next pages of a list. */
  retain(collection: string, snapshot: Snapshot): void;
  /** The snapshot of a version, when it was retained and is still remembered. */
  snapshotAt(collection: string, resourceVersion: number): Snapshot | undefined;
  /** What happened after a version; `undefined` when that is no longer remembered. */
  changesSince(collection: string, resourceVersion: number): readonly Change[] | undefined;
  /** Calls `listener` at each change until the result is called. */
  subscribe(collection: string, listener: (change: Change) => void): () => void;
  /** Calls `listener` at each change of any collection, for ever. */
  subscribeAll(listener: (collection: string, change: Change) => void): void;
  /** Forgets all history, as etcd does by and by: open lists and watches from an old version cannot go on. */
  compact(): void;
}

/** How much is remembered of each collection. Real clusters remember by time, five minutes by default. */
const HISTORY = { changes: 10_000, snapshots: 32 } as const;

/** The key of an object in its collection. Sorting by it gives the order of lists. */
export function keyOf({ namespace = '', name }: { namespace?: string | undefined; name: string }) {
  return `${namespace}/${name}`;
}

interface Collection {
  readonly objects: Map<string, StoredObject>;
  readonly listeners: Set<(change: Change) => void>;
  changes: Change[];
  /** The version before the oldest remembered change. */
  forgotten: number;
  snapshots: Snapshot[];
  sorted: readonly StoredObject[] | undefined;
}

/** An empty store. */
export function createStore(): Store {
  let version = 1;
  const collections = new Map<string, Collection>();
  const everywhere: ((collection: string, change: Change) => void)[] = [];
  const collectionOf = (name: string) => {
    const known = collections.get(name);
    if (known) return known;
    const collection = emptyCollection();
    collections.set(name, collection);
    return collection;
  };
  const happened = (name: string, change: Change) => {
    record(collectionOf(name), change);
    for (const listener of everywhere) listener(name, change);
  };
  return {
    get resourceVersion() {
      return version;
    },
    get: (collection, namespace, name) =>
      collectionOf(collection).objects.get(keyOf({ namespace, name })),
    put(collection, unversioned) {
      const object = versioned(unversioned, ++version);
      const key = keyOf(object.metadata);
      const { objects } = collectionOf(collection);
      const previous = objects.get(key);
      objects.set(key, object);
      const change = previous
        ? { type: 'MODIFIED' as const, previous }
        : { type: 'ADDED' as const };
      happened(collection, { ...change, object, resourceVersion: version });
      return object;
    },
    remove(collection, previous) {
      const object = versioned(previous, ++version);
      collectionOf(collection).objects.delete(keyOf(object.metadata));
      const change = { type: 'DELETED' as const, object, previous, resourceVersion: version };
      happened(collection, change);
      return object;
    },
    snapshot: (name) => ({ resourceVersion: version, objects: sortedObjects(collectionOf(name)) }),
    retain(name, snapshot) {
      const collection = collectionOf(name);
      const others = collection.snapshots.filter((s) => s.objects !== snapshot.objects);
      collection.snapshots = [...others, snapshot].slice(-HISTORY.snapshots);
    },
    snapshotAt: (name, at) => collectionOf(name).snapshots.find((s) => s.resourceVersion === at),
    changesSince(name, since) {
      const { changes, forgotten } = collectionOf(name);
      return since < forgotten ? undefined : changes.filter((c) => c.resourceVersion > since);
    },
    subscribe(name, listener) {
      const { listeners } = collectionOf(name);
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    subscribeAll: (listener) => void everywhere.push(listener),
    compact() {
      for (const collection of collections.values()) {
        collection.changes = [];
        collection.snapshots = [];
        collection.forgotten = version;
      }
    },
  };
}

function emptyCollection(): Collection {
  return {
    objects: new Map(),
    listeners: new Set(),
    changes: [],
    forgotten: 0,
    snapshots: [],
    sorted: undefined,
  };
}

function versioned(object: UnversionedObject, version: number): StoredObject {
  return { ...object, metadata: { ...object.metadata, resourceVersion: String(version) } };
}

function sortedObjects(collection: Collection): readonly StoredObject[] {
  collection.sorted ??= [...collection.objects]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([, object]) => object);
  return collection.sorted;
}

function record(collection: Collection, change: Change): void {
  collection.sorted = undefined;
  collection.changes.push(change);
  // Trimmed by halves, so that a full history costs each change next to nothing.
  if (collection.changes.length > 2 * HISTORY.changes) {
    collection.changes = collection.changes.slice(-HISTORY.changes);
    collection.forgotten = (collection.changes[0]?.resourceVersion ?? 1) - 1;
  }
  for (const listener of collection.listeners) listener(change);
}
