import type { StoredMetadata, StoredObject } from './stored-object.ts';

/** A change of an object. When it was deleted, `object` is its last state with the `resourceVersion` of the deletion. */
export interface Change {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED';
  readonly resourceVersion: number;
  readonly object: StoredObject;
  /** The object before the change; absent for a new object. */
  readonly previous?: StoredObject;
}

/** A collection at one `resourceVersion`, sorted by key. */
export interface Snapshot {
  readonly resourceVersion: number;
  readonly objects: readonly StoredObject[];
}

/** An object to store. The store sets its `resourceVersion`. */
type UnversionedObject = {
  readonly metadata: Omit<StoredMetadata, 'resourceVersion'>;
};

/** Collections of objects that share one version counter, like etcd. */
export interface Store {
  readonly resourceVersion: number;
  get(collection: string, namespace: string | undefined, name: string): StoredObject | undefined;
  /** Adds an object, or replaces the one with the same key. */
  put(collection: string, object: UnversionedObject): StoredObject;
  remove(collection: string, object: StoredObject): StoredObject;
  snapshot(collection: string): Snapshot;
  /** Keeps a snapshot for the next pages of a list. */
  retain(collection: string, snapshot: Snapshot): void;
  /** The retained snapshot of a version, or `undefined` when it was dropped or compacted. */
  snapshotAt(collection: string, resourceVersion: number): Snapshot | undefined;
  /** All changes after a version, or `undefined` when some of them were dropped or compacted. */
  changesSince(collection: string, resourceVersion: number): readonly Change[] | undefined;
  /** Calls `listener` on each change, until the returned function is called. */
  subscribe(collection: string, listener: (change: Change) => void): () => void;
  /** Calls `listener` on each change of any collection. */
  subscribeAll(listener: (collection: string, change: Change) => void): void;
  /** Drops the history, as etcd does at intervals. Lists and watches from older versions then expire. */
  compact(): void;
}

/** History that is kept of each collection. Real clusters keep it by age, five minutes by default. */
const HISTORY = { changes: 10_000, snapshots: 32 } as const;

/** The key of an object in its collection. Lists are in the order of keys. */
export function keyOf({ namespace = '', name }: { namespace?: string | undefined; name: string }) {
  return `${namespace}/${name}`;
}

interface Collection {
  readonly objects: Map<string, StoredObject>;
  readonly listeners: Set<(change: Change) => void>;
  changes: Change[];
  /** The version before the oldest change in `changes`. */
  compactedVersion: number;
  snapshots: Snapshot[];
  sorted: readonly StoredObject[] | undefined;
}

/** Creates an empty store. */
export function createStore(): Store {
  let version = 1;
  const collections = new Map<string, Collection>();
  const globalListeners: ((collection: string, change: Change) => void)[] = [];
  const collectionOf = (name: string) => {
    const existing = collections.get(name);
    if (existing) return existing;
    const collection = emptyCollection();
    collections.set(name, collection);
    return collection;
  };
  const notify = (name: string, change: Change) => {
    record(collectionOf(name), change);
    for (const listener of globalListeners) listener(name, change);
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
      notify(collection, { ...change, object, resourceVersion: version });
      return object;
    },
    remove(collection, previous) {
      const object = versioned(previous, ++version);
      collectionOf(collection).objects.delete(keyOf(object.metadata));
      const change = { type: 'DELETED' as const, object, previous, resourceVersion: version };
      notify(collection, change);
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
      const { changes, compactedVersion } = collectionOf(name);
      return since < compactedVersion
        ? undefined
        : changes.filter((c) => c.resourceVersion > since);
    },
    subscribe(name, listener) {
      const { listeners } = collectionOf(name);
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    subscribeAll: (listener) => void globalListeners.push(listener),
    compact() {
      for (const collection of collections.values()) {
        collection.changes = [];
        collection.snapshots = [];
        collection.compactedVersion = version;
      }
    },
  };
}

function emptyCollection(): Collection {
  return {
    objects: new Map(),
    listeners: new Set(),
    changes: [],
    compactedVersion: 0,
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
  // Drops half of the history at a time, so that the cost per change stays constant.
  if (collection.changes.length > 2 * HISTORY.changes) {
    collection.changes = collection.changes.slice(-HISTORY.changes);
    collection.compactedVersion = (collection.changes[0]?.resourceVersion ?? 1) - 1;
  }
  for (const listener of collection.listeners) listener(change);
}
