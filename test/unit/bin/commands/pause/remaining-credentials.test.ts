import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { readRemainingCredentials } from '../../../../../bin/commands/pause/remaining-credentials.ts';
import { execUser, kubeconfigFile } from '../../../../support/programs/kubeconfig.ts';
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

it('the expiry is unknown after the timeout when a credential plugin hangs', async () => {
  // Ends with this process, which holds its standard input open.
  const user = execUser('exec cat');
  const kubeconfig = kubeconfigFile({ url: 'https://cluster.example', user });
  const timeout = new AbortController();
  const remaining = readRemainingCredentials({ kubeconfig }, timeout.signal);
  timeout.abort();
  expect(await remaining).toEqual({
    unknown: expect.stringMatching(
      /^the cluster, or the credential plugin .*, did not respond in time$/,
    ),
  });
});

it('the expiry is unknown without a kubeconfig, with the reason', async () => {
  expect(await readRemainingCredentials({ kubeconfig: '/nowhere' })).toEqual({
    unknown: expect.stringMatching(/^kubeconfig \/nowhere does not exist/),
  });
});
