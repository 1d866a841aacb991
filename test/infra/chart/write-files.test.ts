import {
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { writeFiles } from '../../../infra/chart/write-files.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const FILES = new Map([
  ['a.yaml', 'a'],
  ['templates/b.yaml', 'b'],
  ['templates/sub/c.yaml', 'c'],
]);

let folder = '';
let outside = '';
let victim = '';

beforeEach(() => {
  const base = temporaryFolder();
  folder = join(base, 'chart');
  outside = join(base, 'outside');
  mkdirSync(outside);
  victim = join(outside, 'victim');
  writeFileSync(victim, 'victim');
});

const contents = () => [...FILES.keys()].map((path) => readFileSync(join(folder, path), 'utf8'));

describe('writeFiles', () => {
  it.each(['', '/', '/.', '/x/..'])('writes to a new folder, and again: chart%s', (end) => {
    writeFiles(folder + end, FILES);
    writeFiles(folder + end, FILES);
    expect(contents()).toEqual(['a', 'b', 'c']);
  });

  it('keeps other files, and leaves no temporary ones', () => {
    mkdirSync(folder);
    writeFileSync(join(folder, 'mine'), 'mine');
    writeFiles(folder, new Map([['a.yaml', 'a']]));
    expect(readFileSync(join(folder, 'mine'), 'utf8')).toBe('mine');
    expect(existsSync(join(folder, 'a.yaml'))).toBe(true);
  });

  it('writes below a link, which the user has chosen', () => {
    const link = join(outside, 'link');
    mkdirSync(folder);
    symlinkSync(folder, link);
    writeFiles(join(link, 'chart'), FILES);
    expect(existsSync(join(folder, 'chart', 'a.yaml'))).toBe(true);
  });

  it.each<[string, () => void]>([
    ['the folder', () => symlinkSync(outside, folder)],
    ['a folder in it', () => link(outside, 'templates')],
    ['a folder in a folder', () => link(outside, 'templates/sub')],
    ['a file', () => link(victim, 'a.yaml')],
    ['a file in a folder', () => link(victim, 'templates/sub/c.yaml')],
    ['a file that does not exist', () => link(join(outside, 'new'), 'a.yaml')],
    ['a folder that does not exist', () => link(join(outside, 'new'), 'templates')],
  ])('writes nothing if %s is a symbolic link', (_, prepare) => {
    prepare();
    for (const end of ['', '/']) {
      expect(() => writeFiles(folder + end, FILES)).toThrow(/" is a symbolic link: remove it/);
    }
    expect(readFileSync(victim, 'utf8')).toBe('victim');
    expect(existsSync(join(outside, 'new'))).toBe(false);
    expect(existsSync(join(outside, 'a.yaml'))).toBe(false);
    expect(existsSync(join(folder, 'templates', 'b.yaml'))).toBe(false);
  });

  it.each<[string, RegExp, () => void]>([
    ['a file instead of the folder', /chart" is not a folder/, () => writeFileSync(folder, '')],
    ['a file instead of a folder', /templates" is not a folder/, () => put('templates')],
    [
      'a folder instead of a file',
      /a.yaml" is not a file/,
      () => mkdirSync(join(folder, 'a.yaml'), { recursive: true }),
    ],
  ])('rejects %s', (_, message, prepare) => {
    prepare();
    expect(() => writeFiles(folder, FILES)).toThrow(message);
  });

  it('replaces a hard link, and does not write to the other file', () => {
    mkdirSync(folder);
    linkSync(victim, join(folder, 'a.yaml'));
    writeFiles(folder, FILES);
    expect(readFileSync(victim, 'utf8')).toBe('victim');
    expect(lstatSync(join(folder, 'a.yaml')).nlink).toBe(1);
    expect(contents()).toEqual(['a', 'b', 'c']);
  });
});

function link(target: string, path: string): void {
  mkdirSync(join(folder, path, '..'), { recursive: true });
  symlinkSync(target, join(folder, path));
}

function put(path: string): void {
  mkdirSync(folder);
  writeFileSync(join(folder, path), '');
}
