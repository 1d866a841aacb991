import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type Change,
  createStore,
  keyOf,
  type Store,
} from '../../../../../local/kubernetes/objects/store.ts';

const object = (name: string, namespace = 'default') => ({
  metadata: { name, namespace, uid: name, creationTimestamp: '2026-01-01T00:00:00Z' },
});

const names = (store: Store) => store.snapshot('things').objects.map((o) => o.metadata.name);

describe('createStore', () => {
  it('sorts by namespace and name', () => {
    const store = createStore();
    for (const [name, namespace] of [
      ['b', 'x'],
      ['c', 'a'],
      ['a', 'x'],
    ] as const)
      store.put('things', object(name, namespace));
    expect(names(store)).toEqual(['c', 'a', 'b']);
  });

  it('shares one version counter between collections', () => {
    const store = createStore();
    const versions = [
      store.put('things', object('a')),
      store.put('others', object('a')),
      store.put('things', object('a')),
    ].map(({ metadata }) => Number(metadata.resourceVersion));
    const [first = 0] = versions;
    expect(versions).toEqual([first, first + 1, first + 2]);
    expect(store.resourceVersion).toBe(first + 2);
  });

  it('notifies listeners of a collection until they unsubscribe', () => {
    const store = createStore();
    const events: string[] = [];
    const unsubscribe = store.subscribe('things', ({ type }) => events.push(type));
    const a = store.put('things', object('a'));
    store.put('others', object('a'));
    store.put('things', object('a'));
    store.remove('things', a);
    unsubscribe();
    store.put('things', object('a'));
    expect(events).toEqual(['ADDED', 'MODIFIED', 'DELETED']);
  });

  it('returns a retained snapshot unchanged', () => {
    const store = createStore();
    store.put('things', object('a'));
    const snapshot = store.snapshot('things');
    store.retain('things', snapshot);
    store.put('things', object('b'));
    expect(store.snapshotAt('things', snapshot.resourceVersion)).toEqual(snapshot);
  });

  it('drops its history when it is compacted', () => {
    const store = createStore();
    const { metadata } = store.put('things', object('a'));
    const snapshot = store.snapshot('things');
    store.retain('things', snapshot);
    store.put('things', object('b'));
    store.compact();
    expect(store.snapshotAt('things', snapshot.resourceVersion)).toBeUndefined();
    expect(store.changesSince('things', Number(metadata.resourceVersion))).toBeUndefined();
    expect(store.changesSince('things', store.resourceVersion)).toEqual([]);
    expect(names(store)).toEqual(['a', 'b']);
  });

  it('drops the oldest changes above a limit', () => {
    const store = createStore();
    const first = Number(store.put('things', object('a')).metadata.resourceVersion);
    for (let i = 0; i < 20_000; i++) store.put('things', object('a'));
    expect(store.changesSince('things', first)).toBeUndefined();
    expect(store.changesSince('things', store.resourceVersion - 5_000)).toHaveLength(5_000);
  });

  it('returns changes since any version that lead to the current state', () => {
    const step = fc.record({ remove: fc.boolean(), name: fc.constantFrom('a', 'b', 'c') });
    fc.assert(
      fc.property(fc.array(step), fc.array(step), (before, after) => {
        const store = createStore();
        apply(store, before);
        const { resourceVersion, objects } = store.snapshot('things');
        apply(store, after);
        const replayed = new Map(objects.map((o) => [keyOf(o.metadata), o]));
        for (const change of store.changesSince('things', resourceVersion) ?? [])
          replay(replayed, change);
        expect(new Set(replayed.values())).toEqual(new Set(store.snapshot('things').objects));
      }),
    );
  });
});

function apply(store: Store, steps: readonly { remove: boolean; name: string }[]): void {
  for (const { remove, name } of steps) {
    const present = store.get('things', 'default', name);
    if (!remove) store.put('things', object(name));
    else if (present) store.remove('things', present);
  }
}

function replay<T>(
  objects: Map<string, T>,
  change: Change & { object: T & Change['object'] },
): void {
  const key = keyOf(change.object.metadata);
  if (change.type === 'DELETED') objects.delete(key);
  else objects.set(key, change.object);
}
