import { writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { assertSameCluster } from '../../../../bin/kubeconfig/assert-same-cluster.ts';
import { loadKubeconfig } from '../../../../bin/kubeconfig/load-kubeconfig.ts';
import { kubeconfigFile } from '../../../support/kubeconfig.ts';
import { temporaryFolder } from '../../../support/temporary-folder.ts';

const URL = 'https://cluster.example';

beforeEach(() => {
  vi.stubEnv('KUBECONFIG', undefined);
  vi.stubEnv('HOME', temporaryFolder());
});

/** A kubeconfig of this text. */
function fileWith(text: string): string {
  const file = join(temporaryFolder(), 'config');
  writeFileSync(file, text);
  return file;
}

const entries = (name: string, server = URL) => ({
  clusters: [{ name, cluster: { server } }],
  users: [{ name, user: { token: name } }],
  contexts: [{ name, context: { cluster: name, user: name } }],
});

describe('loadKubeconfig', () => {
  it('takes the current context, and its namespace', () => {
    const kubeconfig = kubeconfigFile({ url: URL, namespace: 'shop' });
    expect(loadKubeconfig({ kubeconfig })).toMatchObject({
      name: 'test',
      namespace: 'shop',
      cluster: { server: URL },
    });
    expect(loadKubeconfig({ kubeconfig: kubeconfigFile({ url: URL }) }).namespace).toBe('default');
  });

  it('takes what several files of KUBECONFIG name from the first of them, and passes over missing ones', () => {
    const first = fileWith(JSON.stringify(entries('blue')));
    const second = fileWith(
      JSON.stringify({ ...entries('blue', 'https://other.example'), 'current-context': 'blue' }),
    );
    vi.stubEnv('KUBECONFIG', ['/nowhere/config', first, second].join(delimiter));
    expect(loadKubeconfig({})).toMatchObject({ name: 'blue', cluster: { server: URL } });
  });

  it.each([
    [
      'no file',
      () => ({ kubeconfig: '/nowhere/config' }),
      /there is no kubeconfig \/nowhere\/config: say --kubeconfig, set KUBECONFIG/,
    ],
    ['no file at home', () => ({}), /there is no kubeconfig .*\.kube\/config/],
    [
      'no YAML',
      () => ({ kubeconfig: fileWith('token: SECRET\n  - x: [') }),
      /kubeconfig .* cannot be read: (?!.*SECRET)/,
    ],
    [
      'no current context',
      () => ({ kubeconfig: fileWith(JSON.stringify(entries('blue'))) }),
      /no current context: say --context; it has blue/,
    ],
    [
      'no such context',
      () => ({ kubeconfig: kubeconfigFile({ url: URL }), context: 'tests' }),
      /no context "tests"; did you mean "test"\?/,
    ],
    [
      'nothing like it',
      () => ({ kubeconfig: kubeconfigFile({ url: URL }), context: 'green' }),
      /no context "green"; it has test/,
    ],
    [
      'a context without its cluster',
      () => ({
        kubeconfig: fileWith(
          JSON.stringify({ ...entries('blue'), clusters: [], 'current-context': 'blue' }),
        ),
      }),
      /names a cluster that .* does not have/,
    ],
    [
      'a server that is not verified',
      () => ({
        kubeconfig: kubeconfigFile({ url: URL, cluster: { 'insecure-skip-tls-verify': true } }),
      }),
      /does not verify its cluster \(insecure-skip-tls-verify\): put the cluster's certificate authority/,
    ],
    [
      'a server without TLS',
      () => ({ kubeconfig: kubeconfigFile({ url: 'http://localhost:8080' }) }),
      /at http:\/\/localhost:8080, and credentials must not go there unencrypted/,
    ],
  ])('refuses %s', (_, options, message) => {
    expect(() => loadKubeconfig(options())).toThrow(message);
  });
});

describe('assertSameCluster', () => {
  const config = { clusterName: 'prod', region: 'eu-central-1', account: '123456789012' };
  const context = (name: string) => ({
    name: 'x',
    cluster: { name, server: URL, skipTLSVerify: false },
  });

  it.each([
    'arn:aws:eks:eu-central-1:123456789012:cluster/prod',
    'prod.eu-central-1.eksctl.io',
    'a cluster of another tool',
  ])('takes %s', (name) => {
    expect(() => assertSameCluster(context(name), config)).not.toThrow();
  });

  it.each([
    'arn:aws:eks:eu-central-1:123456789012:cluster/dev',
    'arn:aws:eks:us-east-1:123456789012:cluster/prod',
    'arn:aws:eks:eu-central-1:999999999999:cluster/prod',
    'dev.eu-central-1.eksctl.io',
  ])('refuses %s', (name) => {
    expect(() => assertSameCluster(context(name), config)).toThrow(
      /context "x" is of EKS cluster ".*" in .*, and the configuration of "prod" in eu-central-1 of account 123456789012: say the right --context/,
    );
  });

  it('goes by name and region where nobody knows the account', () => {
    const there = context('arn:aws:eks:eu-central-1:999999999999:cluster/prod');
    expect(() => assertSameCluster(there, { ...config, account: undefined })).not.toThrow();
  });
});
