import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import {
  assertComponents,
  COMPONENTS,
  commandOf,
  installedMinorVersion,
} from '../../../../local/real-cluster/components.ts';
import { temporaryFolder } from '../../../support/temporary-folder.ts';

describe('commandOf', () => {
  let folder: string;
  beforeEach(() => {
    folder = temporaryFolder();
    vi.stubEnv('KUBEBUILDER_ASSETS', folder);
  });

  function put(name: string, mode = 0o755): string {
    const file = join(folder, name);
    writeFileSync(file, '');
    chmodSync(file, mode);
    return file;
  }

  it('finds a binary for the component, or one for all components', () => {
    const all = put('kubernetes');
    const etcd = put('etcd');
    expect(commandOf('etcd')).toEqual([etcd]);
    expect(commandOf('kubemark')).toEqual([all, 'kubemark']);
    expect(() => assertComponents(COMPONENTS)).not.toThrow();
  });

  it('ignores a file that is not executable, such as a lost link', () => {
    put('etcd', 0o644);
    expect(commandOf('etcd')).toBeUndefined();
    const all = put('kubernetes');
    expect(commandOf('etcd')).toEqual([all, 'etcd']);
  });

  it('uses only the given folder, and reports missing binaries with instructions', () => {
    put('etcd');
    put('kube-apiserver');
    expect(() => assertComponents(COMPONENTS)).toThrow(
      /^missing binaries kube-controller-manager, kube-scheduler, kubemark: build them with `npm run cluster:build` /,
    );
  });
});

describe('installedMinorVersion', () => {
  it.each([
    ['echo Kubernetes v1.32.2', 32],
    ['echo Kubernetes v1.36.0-alpha.1+abc', 36],
  ])('reads the output of `%s`', (command, minor) => {
    const folder = temporaryFolder();
    vi.stubEnv('KUBEBUILDER_ASSETS', folder);
    expect(installedMinorVersion()).toBeUndefined();
    writeFileSync(join(folder, 'kube-apiserver'), `#!/bin/sh\n${command}\n`, { mode: 0o755 });
    expect(installedMinorVersion()).toBe(minor);
  });
});
