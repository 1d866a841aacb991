import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { credentialsLeft } from '../../../../../bin/commands/pause/credentials-left.ts';
import { execUser, kubeconfigFile } from '../../../../support/kubeconfig.ts';
import { temporaryFolder } from '../../../../support/temporary-folder.ts';

const CLUSTER = {
  clusterName: 'prod',
  account: '123456789012',
  region: 'eu-central-1',
  assumableRoles: ['app-*'],
};

const here = process.cwd();
beforeEach(() => {
  const folder = temporaryFolder();
  writeFileSync(join(folder, 'cdk.json'), JSON.stringify({ context: { clusters: [CLUSTER] } }));
  process.chdir(folder);
});
afterEach(() => process.chdir(here));

it('is not known, and nobody waits for it any more, when a plugin of the kubeconfig hangs', async () => {
  // Ends with this process, which holds its standard input.
  const user = execUser('exec cat');
  const kubeconfig = kubeconfigFile({ url: 'https://cluster.example', user });
  const patience = new AbortController();
  const left = credentialsLeft({ kubeconfig }, patience.signal);
  patience.abort();
  expect(await left).toEqual({
    unknown: expect.stringMatching(/^the cluster, or what .*, did not answer in time$/),
  });
});

it('is not known without a kubeconfig, and why is said', async () => {
  expect(await credentialsLeft({ kubeconfig: '/nowhere' })).toEqual({
    unknown: expect.stringMatching(/^there is no kubeconfig \/nowhere/),
  });
});
