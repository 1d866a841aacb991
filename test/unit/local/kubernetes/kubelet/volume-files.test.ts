import { mkdtemp, readdir, readFile, readlink, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { writeVolumeFiles } from '../../../../../local/kubernetes/kubelet/volume-files.ts';

describe('writeVolumeFiles', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'volume-'));
  });
  afterEach(() => rm(folder, { recursive: true }));
  const write = (files: Record<string, string>, mode = 0o644) =>
    writeVolumeFiles(
      folder,
      new Map(Object.entries(files).map(([k, v]) => [k, { content: Buffer.from(v), mode }])),
    );
  const read = (name: string) => readFile(join(folder, name), 'utf8');

  it('links file names to one data folder', async () => {
    expect(await write({ a: '1', 'b.c': '2' })).toBe(true);
    expect(await read('a')).toBe('1');
    expect(await readlink(join(folder, 'a'))).toBe('..data/a');
    expect(await readlink(join(folder, '..data'))).toMatch(/^\.\.\d{4}_/);
  });

  it('replaces all files atomically, and removes the old ones', async () => {
    await write({ a: '1', gone: 'x' });
    const before = await readlink(join(folder, '..data'));
    expect(await write({ a: '2', b: '3' })).toBe(true);
    expect([await read('a'), await read('b')]).toEqual(['2', '3']);
    const names = await readdir(folder);
    expect(names).not.toContain('gone');
    expect(names).not.toContain(before);
    expect(names).toHaveLength(4);
  });

  it('changes nothing when the files are up to date', async () => {
    await write({ a: '1' });
    const before = await readlink(join(folder, '..data'));
    expect(await write({ a: '1' })).toBe(false);
    expect(await readlink(join(folder, '..data'))).toBe(before);
  });

  it('creates folders for paths, and sets file modes', async () => {
    await write({ 'deep/er/a': '1' }, 0o400);
    expect(await read('deep/er/a')).toBe('1');
    expect((await stat(join(folder, 'deep/er/a'))).mode & 0o777).toBe(0o400);
  });
});
