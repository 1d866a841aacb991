import { writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { assertSameCluster } from '../../../../bin/kubeconfig/assert-same-cluster.ts';
import { loadKubeconfig } from '../../../../bin/kubeconfig/load-kubeconfig.ts';
import { kubeconfigFile } from '../../../support/programs/kubeconfig.ts';
import { temporaryFolder } from '../../../support/temporary-folder.ts';

const URL = 'https://cluster.example';

beforeEach(() => {
  vi.stubEnv('KUBECONFIG', undefined);
  vi.stubEnv('HOME', temporaryFolder());
});

/** Writes a kubeconfig with this text. */
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
  it('loads the current context and its namespace', () => {
    const kubeconfig = kubeconfigFile({ url: URL, namespace: 'shop' });
    expect(loadKubeconfig({ kubeconfig })).toMatchObject({
      name: 'test',
      namespace: 'shop',
      cluster: { server: URL },
    });
    expect(loadKubeconfig({ kubeconfig: kubeconfigFile({ url: URL }) }).namespace).toBe('default');
  });

  it('prefers the first file of KUBECONFIG, and skips missing files', () => {
    const first = fileWith(JSON.stringify(entries('blue')));
    const second = fileWith(
      JSON.stringify({ ...entries('blue', 'https://other.example'), 'current-context': 'blue' }),
    );
    vi.stubEnv('KUBECONFIG', ['/nowhere/config', first, second].join(delimiter));
    expect(loadKubeconfig({})).toMatchObject({ name: 'blue', cluster: { server: URL } });
  });

  it.each([
    [
      'a missing file',
      () => ({ kubeconfig: '/nowhere/config' }),
      /kubeconfig \/nowhere\/config does not exist: use --kubeconfig, set KUBECONFIG/,
    ],
    ['a missing ~/.kube/config', () => ({}), /kubeconfig .*\.kube\/config does not exist/],
    [
      'invalid YAML',
      () => ({ kubeconfig: fileWith('token: SECRET\n  - x: [') }),
      /kubeconfig .* cannot be read: (?!.*SECRET)/,
    ],
    [
      'an unknown tag, which may be a password',
      () => ({ kubeconfig: fileWith('token: !SECRET x') }),
      /kubeconfig .* cannot be read: unknown scalar tag in line 1\. (?!.*SECRET)/,
    ],
    [
      'a missing current context',
      () => ({ kubeconfig: fileWith(JSON.stringify(entries('blue'))) }),
      /no current context: use --context; it has blue/,
    ],
    [
      'an unknown context',
      () => ({ kubeconfig: kubeconfigFile({ url: URL }), context: 'tests' }),
      /no context "tests"; did you mean "test"\?/,
    ],
    [
      'an unknown context without a similar name',
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
      /refers to a cluster that .* does not contain/,
    ],
    [
      'an unverified server',
      () => ({
        kubeconfig: kubeconfigFile({ url: URL, cluster: { 'insecure-skip-tls-verify': true } }),
      }),
      /does not verify the server \(insecure-skip-tls-verify\): set the cluster's certificate authority/,
    ],
    [
      'a server without TLS',
      () => ({ kubeconfig: kubeconfigFile({ url: 'http://localhost:8080' }) }),
      /connects to http:\/\/localhost:8080, which would send credentials unencrypted/,
    ],
  ])('rejects %s', (_, options, message) => {
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
  ])('accepts %s', (name) => {
    expect(() => assertSameCluster(context(name), config)).not.toThrow();
  });

  it.each([
    'arn:aws:eks:eu-central-1:123456789012:cluster/dev',
    'arn:aws:eks:us-east-1:123456789012:cluster/prod',
    'arn:aws:eks:eu-central-1:999999999999:cluster/prod',
    'dev.eu-central-1.eksctl.io',
  ])('rejects %s', (name) => {
    expect(() => assertSameCluster(context(name), config)).toThrow(
      /context "x" is for EKS cluster ".*" \(.*\), but the configuration is for "prod" \(eu-central-1, account 123456789012\): choose the matching --context/,
    );
  });

  it('compares name and region if the account is unknown', () => {
    const there = context('arn:aws:eks:eu-central-1:999999999999:cluster/prod');
    expect(() => assertSameCluster(there, { ...config, account: undefined })).not.toThrow();
  });
});
