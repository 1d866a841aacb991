import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import {
  assertComponents,
  COMPONENTS,
  commandOf,
} from '../../../../local/real-cluster/components.ts';
import { temporaryFolder } from '../../../support/temporary-folder.ts';

describe('the binaries of a cluster', () => {
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

  it('are one for each component, or one for all', () => {
    const all = put('kubernetes');
    const etcd = put('etcd');
    expect(commandOf('etcd')).toEqual([etcd]);
    expect(commandOf('kubemark')).toEqual([all, 'kubemark']);
    expect(() => assertComponents(COMPONENTS)).not.toThrow();
  });

  it('can be executed: a text where a link was lost is none', () => {
    put('etcd', 0o644);
    expect(commandOf('etcd')).toBeUndefined();
    const all = put('kubernetes');
    expect(commandOf('etcd')).toEqual([all, 'etcd']);
  });

  it('come from the folder that is named, and from no other when one is missing there', () => {
    put('etcd');
    put('kube-apiserver');
    expect(() => assertComponents(COMPONENTS)).toThrow(
      /^there are no binaries of kube-controller-manager, kube-scheduler, kubemark: `npm run cluster:build` /,
    );
  });
});
