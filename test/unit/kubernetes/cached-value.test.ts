import { describe, expect, it } from 'vitest';
import { abortable, cacheValue, memoize } from '../../../kubernetes/cached-value.ts';

function counter(): { load(): Promise<{ readonly n: number }>; loads: number } {
  return {
    loads: 0,
    async load() {
      this.loads += 1;
      return { n: this.loads };
    },
  };
}

describe('a cached value', () => {
  it('is loaded once for concurrent callers, and cached', async () => {
    const source = counter();
    const value = cacheValue(() => source.load());
    const got = await Promise.all([value.get(), value.get()]);
    expect([...got, await value.get()]).toEqual([{ n: 1 }, { n: 1 }, { n: 1 }]);
  });

  it('is loaded again once it has expired', async () => {
    const source = counter();
    let isExpired = false;
    const value = cacheValue(
      () => source.load(),
      () => isExpired,
    );
    await value.get();
    isExpired = true;
    expect(await value.get()).toEqual({ n: 2 });
  });

  it('is replaced once when several callers invalidate the same one', async () => {
    const source = counter();
    const value = cacheValue(() => source.load());
    const first = await value.get();
    value.invalidate(first);
    await value.get();
    value.invalidate(first);
    expect(await value.get()).toEqual({ n: 2 });
  });

  it('does not cache a failure', async () => {
    let fails = true;
    const value = cacheValue(async () => {
      if (fails) throw new Error('not yet');
      return 'loaded';
    });
    await expect(value.get()).rejects.toThrow('not yet');
    fails = false;
    expect(await value.get()).toBe('loaded');
  });
});

describe('a memoized function', () => {
  it('is called once for each key', async () => {
    const calls: string[] = [];
    const read = memoize(async (namespace: string, name: string) => {
      calls.push(`${namespace}/${name}`);
      return calls.length;
    });
    expect(await Promise.all([read('a', 'x'), read('a', 'y'), read('a', 'x')])).toEqual([1, 2, 1]);
    expect(calls).toEqual(['a/x', 'a/y']);
  });

  it('takes the key from its arguments', async () => {
    let calls = 0;
    const read = memoize(
      async (_: { readonly name: string }) => ++calls,
      ({ name }) => name,
    );
    expect([
      await read({ name: 'a' }),
      await read({ name: 'a' }),
      await read({ name: 'b' }),
    ]).toEqual([1, 1, 2]);
  });

  it('caches a failure', async () => {
    let calls = 0;
    const read = memoize(async () => {
      calls += 1;
      throw new Error('refused');
    });
    await expect(read()).rejects.toThrow('refused');
    await expect(read()).rejects.toThrow('refused');
    expect(calls).toBe(1);
  });
});

describe('an abortable promise', () => {
  it('settles as the promise does', async () => {
    const { signal } = new AbortController();
    expect(await abortable(Promise.resolve(1), signal)).toBe(1);
    await expect(abortable(Promise.reject(new Error('failed')), signal)).rejects.toThrow('failed');
  });

  it('rejects with the reason of the signal, which the promise does not wait for', async () => {
    const controller = new AbortController();
    const waiting = abortable(new Promise(() => {}), controller.signal);
    controller.abort(new Error('timeout'));
    await expect(waiting).rejects.toThrow('timeout');
  });
});
