import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { loadKubeconfig } from '../../../../bin/kubeconfig/load-kubeconfig.ts';
import { kubeconfigFile } from '../../../support/programs/kubeconfig.ts';
import { temporaryFolder } from '../../../support/temporary-folder.ts';

let mounted: string;
beforeEach(() => {
  mounted = temporaryFolder();
  for (const [name, contents] of Object.entries({ token: 'T', 'ca.crt': '', namespace: 'ops\n' })) {
    writeFileSync(join(mounted, name), contents);
  }
  vi.stubEnv('KUBECONFIG', undefined);
  vi.stubEnv('HOME', temporaryFolder());
  vi.stubEnv('POD_NAMESPACE', undefined);
  vi.stubEnv('KUBERNETES_SERVICE_HOST', '10.100.0.1');
  vi.stubEnv('KUBERNETES_SERVICE_PORT', '443');
});

/** Writes a kubeconfig of the text. */
function fileWith(text: string): string {
  const file = join(temporaryFolder(), 'config');
  writeFileSync(file, text);
  return file;
}

describe('in a pod', () => {
  it('the cluster of the pod is used if there is no kubeconfig', () => {
    expect(loadKubeconfig({}, mounted)).toMatchObject({
      name: 'in-cluster',
      namespace: 'ops',
      cluster: {
        server: 'https://10.100.0.1:443',
        'certificate-authority': join(mounted, 'ca.crt'),
        'insecure-skip-tls-verify': false,
      },
      user: { tokenFile: join(mounted, 'token') },
    });
  });

  it('its address may be one of IPv6', () => {
    vi.stubEnv('KUBERNETES_SERVICE_HOST', 'fd00::1');
    expect(loadKubeconfig({}, mounted).cluster.server).toBe('https://[fd00::1]:443');
  });

  it('POD_NAMESPACE comes before the namespace of the pod', () => {
    vi.stubEnv('POD_NAMESPACE', 'shop');
    expect(loadKubeconfig({}, mounted).namespace).toBe('shop');
  });

  it.each(['', 'kind: Config', 'contexts: []'])(
    'it is used if the kubeconfig has no current context: %s',
    (text) => {
      vi.stubEnv('KUBECONFIG', fileWith(text));
      expect(loadKubeconfig({}, mounted).name).toBe('in-cluster');
    },
  );

  it('a current context comes first', () => {
    vi.stubEnv('KUBECONFIG', kubeconfigFile({ url: 'https://other.invalid' }));
    expect(loadKubeconfig({}, mounted).cluster.server).toBe('https://other.invalid');
  });

  it('it is not used instead of a file or a context that was asked for', () => {
    expect(() => loadKubeconfig({ kubeconfig: '/nowhere' }, mounted)).toThrow(/does not exist/);
    expect(() => loadKubeconfig({ context: 'prod' }, mounted)).toThrow(/does not exist/);
  });
});

describe('outside a pod', () => {
  it.each([
    ['KUBERNETES_SERVICE_HOST', () => vi.stubEnv('KUBERNETES_SERVICE_HOST', undefined)],
    ['KUBERNETES_SERVICE_PORT', () => vi.stubEnv('KUBERNETES_SERVICE_PORT', '')],
    ['a token', () => (mounted = '/nowhere')],
    [
      'a token that is a file',
      () => {
        mounted = temporaryFolder();
        mkdirSync(join(mounted, 'token'));
      },
    ],
  ])('there is none, without %s', (_, change) => {
    change();
    expect(() => loadKubeconfig({}, mounted)).toThrow(
      /\.kube\/config does not exist: use --kubeconfig, set KUBECONFIG/,
    );
  });
});
