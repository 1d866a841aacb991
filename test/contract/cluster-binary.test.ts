import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readRecipe } from '../../local/real-cluster/build/recipe.ts';
import { BUILT_FOLDER } from '../../local/real-cluster/components.ts';
import { type Requirement, requires } from '../support/requirements.ts';

const CLUSTER_BINARY: Requirement = {
  missing: 'the binary of npm run cluster:build',
  remedy: 'npm run cluster:build, with Go',
  isMet: () => existsSync(join(BUILT_FOLDER, 'kubernetes')),
};

describe('the cluster binary', requires(CLUSTER_BINARY), () => {
  const run = (name: string, ...parameters: readonly string[]) =>
    spawnSync(join(BUILT_FOLDER, name), parameters, { encoding: 'utf8' });

  it('runs the component that its first argument names, in its version', async () => {
    const { kubernetes } = await readRecipe(join(BUILT_FOLDER, '..'));
    const { status, stdout } = run('kubernetes', 'kube-apiserver', '--version');
    expect({ status, stdout }).toEqual({ status: 0, stdout: `Kubernetes v${kubernetes}\n` });
  });

  it('runs the component that it is called as', () => {
    const { status, stdout } = run('kubectl', 'version', '--client');
    expect(status).toBe(0);
    expect(stdout).toContain('Client Version: v1.');
  });

  it.each([
    [[], ''],
    [['kubelet', '--help'], 'unknown component "kubelet"'],
  ])(
    'called with %j, prints its components and exits with the code of a usage error',
    (words, message) => {
      const { status, stdout, stderr } = run('kubernetes', ...words);
      expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
      expect(stderr).toContain(message);
      expect(stderr).toContain('Usage: kubernetes COMPONENT [flags]');
      expect(stderr).toContain(
        'one of: etcd, kube-apiserver, kube-controller-manager, kube-scheduler, kubectl, kubemark.',
      );
    },
  );
});
