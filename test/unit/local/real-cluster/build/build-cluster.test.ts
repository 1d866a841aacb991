import { existsSync } from 'node:fs';
import {
  appendFile,
  chmod,
  cp,
  readdir,
  readFile,
  readlink,
  rm,
  writeFile,
} from 'node:fs/promises';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { buildCluster } from '../../../../../local/real-cluster/build/build-cluster.ts';
import { createTerminal } from '../../../../../tools/terminal/terminal.ts';
import { temporaryFolder } from '../../../../support/temporary-folder.ts';

const MODULE = join(import.meta.dirname, '../../../../../local/real-cluster/build');

/** A Go that has five packages, notes how it is called, and builds what says how it was built. */
const GO = `#!/bin/sh
echo "$*" >> "$CALLS"
case $1 in
  list) for package in a b c d main; do echo $package; done ;;
  build)
    for package in a b c d main; do echo $package >&2; done
    for word; do [ "$last" = -o ] && out=$word; last=$word; done
    [ -z "$BREAK" ] || { echo "main.go:1: is broken" >&2; exit 1; }
    echo "$*" > "$out" ;;
esac
`;

describe('building a cluster', () => {
  let sources: string;
  let into: string;
  let calls: string;

  beforeEach(async () => {
    sources = temporaryFolder();
    into = join(temporaryFolder(), 'bin');
    const path = temporaryFolder();
    calls = join(path, 'calls');
    for (const name of ['go.mod', 'go.sum', 'main.go']) {
      await cp(join(MODULE, name), join(sources, name));
    }
    await writeFile(join(path, 'go'), GO);
    await chmod(join(path, 'go'), 0o755);
    vi.stubEnv('PATH', `${path}:/usr/bin:/bin`);
    vi.stubEnv('CALLS', calls);
  });

  async function build(): Promise<string> {
    const pipe = new PassThrough();
    const terminal = createTerminal(pipe as unknown as NodeJS.WriteStream);
    await buildCluster({ sources, into, terminal });
    return String(pipe.read());
  }
  const builds = async () =>
    (await readFile(calls, 'utf8')).split('\n').filter((call) => call.startsWith('build')).length;

  it('makes one binary with the version of its Kubernetes, and a link for each part', async () => {
    const told = await build();
    expect(told).toContain('5 of 5 packages');
    expect(told).toContain(`is built, in ${into}`);
    const stamped = await readFile(join(into, 'kubernetes'), 'utf8');
    expect(stamped).toContain('-X k8s.io/component-base/version.gitVersion=v1.36.3');
    expect(stamped).toContain('gitMajor=1 -X k8s.io/component-base/version.gitMinor=36');
    for (const part of ['etcd', 'kube-apiserver', 'kubemark', 'kubectl']) {
      expect(await readlink(join(into, part))).toBe('kubernetes');
    }
  });

  it('is done at once when nothing has changed, with or without Go', async () => {
    await build();
    vi.stubEnv('PATH', temporaryFolder());
    expect(await build()).toBe(`Kubernetes 1.36.3 is there, in ${into}\n`);
    expect(await builds()).toBe(1);
  });

  it.each(['go.mod', 'go.sum', 'main.go'])('builds again when %s has changed', async (name) => {
    await build();
    await appendFile(join(sources, name), '\n// changed\n');
    await build();
    expect(await builds()).toBe(2);
  });

  it('builds again when the binary is gone', async () => {
    await build();
    await rm(join(into, 'kubernetes'));
    await build();
    expect(await builds()).toBe(2);
  });

  it('says which Go is wanted where there is none', async () => {
    vi.stubEnv('PATH', temporaryFolder());
    await expect(build()).rejects.toThrow(
      'there is no Go: install 1.26.0 or later from https://go.dev/dl/',
    );
    expect(existsSync(into)).toBe(false);
  });

  it('tells what Go complains about, and keeps the binary that was there', async () => {
    await build();
    const before = await readdir(into);
    await appendFile(join(sources, 'main.go'), '// changed\n');
    vi.stubEnv('BREAK', 'yes');
    await expect(build()).rejects.toThrow(
      'go build ended with 1:\na\nb\nc\nd\nmain\nmain.go:1: is broken',
    );
    expect(await readdir(into)).toEqual(before);
  });
});
