import { describe, expect, it } from 'vitest';
import { cacheValue } from '../../../../kubernetes/cached-value.ts';

function counter(): { load(): Promise<{ readonly n: number }>; loads: number } {
  return {
    loads: 0,
    async load() {
      this.loads += 1;
      return { n: this.loads };
    },
  };
}

describe('a remembered value', () => {
  it('is loaded once for all who ask at the same time, and kept', async () => {
    const source = counter();
    const value = cacheValue(() => source.load());
    const got = await Promise.all([value.get(), value.get()]);
    expect([...got, await value.get()]).toEqual([{ n: 1 }, { n: 1 }, { n: 1 }]);
  });

  it('is loaded again once it is stale', async () => {
    const source = counter();
    let stale = false;
    const value = cacheValue(
      () => source.load(),
      () => stale,
    );
    await value.get();
    stale = true;
    expect(await value.get()).toEqual({ n: 2 });
  });

  it('is replaced once when many find the same one wrong', async () => {
    const source = counter();
    const value = cacheValue(() => source.load());
    const wrong = await value.get();
    value.invalidate(wrong);
    await value.get();
    value.invalidate(wrong);
    expect(await value.get()).toEqual({ n: 2 });
  });

  it('does not keep a failure', async () => {
    let fails = true;
    const value = cacheValue(async () => {
      if (fails) throw new Error('not yet');
      return 'there';
    });
    await expect(value.get()).rejects.toThrow('not yet');
    fails = false;
    expect(await value.get()).toBe('there');
  });
});
