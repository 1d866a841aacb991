import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readRecipe } from '../../local/real-cluster/build/recipe.ts';
import { BUILT_FOLDER } from '../../local/real-cluster/components.ts';

const isBuilt = existsSync(join(BUILT_FOLDER, 'kubernetes'));
if (!isBuilt) console.warn('Skipped "the binary of a cluster": `npm run cluster:build` builds it');

describe.skipIf(!isBuilt)('the binary of a cluster', () => {
  const run = (name: string, ...parameters: readonly string[]) =>
    spawnSync(join(BUILT_FOLDER, name), parameters, { encoding: 'utf8' });

  it('is the part that its first argument names, in the version that it was built for', async () => {
    const { kubernetes } = await readRecipe(join(BUILT_FOLDER, '..'));
    const { status, stdout } = run('kubernetes', 'kube-apiserver', '--version');
    expect({ status, stdout }).toEqual({ status: 0, stdout: `Kubernetes v${kubernetes}\n` });
  });

  it('is the part that it is called by, whatever its first argument', () => {
    const { status, stdout } = run('kubectl', 'version', '--client');
    expect(status).toBe(0);
    expect(stdout).toContain('Client Version: v1.');
  });

  it.each([
    [[], ''],
    [['kubelet', '--help'], '"kubelet" is no part of a cluster that this program knows.'],
  ])(
    'called with %j it says what its parts are, with the exit code of wrong usage',
    (words, why) => {
      const { status, stdout, stderr } = run('kubernetes', ...words);
      expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
      expect(stderr).toContain(why);
      expect(stderr).toContain('Usage: kubernetes PART [flags]');
      expect(stderr).toContain(
        'one of: etcd, kube-apiserver, kube-controller-manager, kube-scheduler, kubectl, kubemark.',
      );
    },
  );
});
