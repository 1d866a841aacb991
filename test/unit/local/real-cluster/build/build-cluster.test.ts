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

/** A fake `go` with five packages. It records its calls, and its output contains the flags of the build. */
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

describe('buildCluster', () => {
  let sources: string;
  let into: string;
  let calls: string;

  beforeEach(async () => {
    sources = temporaryFolder();
    into = join(temporaryFolder(), 'bin');
    const path = temporaryFolder();
    calls = join(path, 'calls');
    for (const name of ['go.mod', 'go.sum', 'go-1.32.mod', 'go-1.32.sum', 'main.go']) {
      await cp(join(MODULE, name), join(sources, name));
    }
    await writeFile(join(path, 'go'), GO);
    await chmod(join(path, 'go'), 0o755);
    vi.stubEnv('PATH', `${path}:/usr/bin:/bin`);
    vi.stubEnv('CALLS', calls);
  });

  async function build(version?: string): Promise<string> {
    const pipe = new PassThrough();
    const terminal = createTerminal(pipe as unknown as NodeJS.WriteStream);
    await buildCluster({ sources, version, into, terminal });
    return String(pipe.read());
  }
  const builds = async () =>
    (await readFile(calls, 'utf8')).split('\n').filter((call) => call.startsWith('build')).length;

  it('builds one binary with the version of Kubernetes, and a link for each component', async () => {
    const output = await build();
    expect(output).toContain('5 of 5 packages');
    expect(output).toContain(`is built in ${into}`);
    const stamped = await readFile(join(into, 'kubernetes'), 'utf8');
    expect(stamped).toContain('-X k8s.io/component-base/version.gitVersion=v1.36.3');
    expect(stamped).toContain('gitMajor=1 -X k8s.io/component-base/version.gitMinor=36');
    for (const name of ['etcd', 'kube-apiserver', 'kubemark', 'kubectl']) {
      expect(await readlink(join(into, name))).toBe('kubernetes');
    }
  });

  it('builds an older version from its own module file, and only if that has changed', async () => {
    await build('1.32');
    const stamped = await readFile(join(into, 'kubernetes'), 'utf8');
    expect(stamped).toContain('-X k8s.io/component-base/version.gitVersion=v1.32.2');
    expect(stamped).toContain('-modfile=go-1.32.mod');
    expect(await readFile(calls, 'utf8')).toContain('list -deps -modfile=go-1.32.mod .');
    await appendFile(join(sources, 'go.mod'), '\n// changed\n');
    expect(await build('1.32')).toBe(`Kubernetes 1.32.2 is already in ${into}\n`);
  });

  it.each(['1.33', '../1.32'])('names the versions it can build instead of %s', async (version) => {
    await expect(build(version)).rejects.toThrow(
      `has no go-${version}.mod: omit the version, or use one of these: 1.32`,
    );
  });

  it('builds nothing when the sources are unchanged, with or without Go', async () => {
    await build();
    vi.stubEnv('PATH', temporaryFolder());
    expect(await build()).toBe(`Kubernetes 1.36.3 is already in ${into}\n`);
    expect(await builds()).toBe(1);
  });

  it.each(['go.mod', 'go.sum', 'main.go'])('builds again when %s has changed', async (name) => {
    await build();
    await appendFile(join(sources, name), '\n// changed\n');
    await build();
    expect(await builds()).toBe(2);
  });

  it('builds again when the binary is missing', async () => {
    await build();
    await rm(join(into, 'kubernetes'));
    await build();
    expect(await builds()).toBe(2);
  });

  it('reports the required version when Go is not installed', async () => {
    vi.stubEnv('PATH', temporaryFolder());
    await expect(build()).rejects.toThrow(
      'Go is not installed: install Go 1.26.0 or later from https://go.dev/dl/',
    );
    expect(existsSync(into)).toBe(false);
  });

  it('reports the errors of Go, and keeps the existing binary', async () => {
    await build();
    const before = await readdir(into);
    await appendFile(join(sources, 'main.go'), '// changed\n');
    vi.stubEnv('BREAK', 'yes');
    await expect(build()).rejects.toThrow(
      'go build failed with exit code 1:\na\nb\nc\nd\nmain\nmain.go:1: is broken',
    );
    expect(await readdir(into)).toEqual(before);
  });
});
