import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { kubeconfigCredentials } from '../../bin/kubeconfig/kubeconfig-credentials.ts';
import { loadKubeconfig } from '../../bin/kubeconfig/load-kubeconfig.ts';
import { ClusterSetupError } from '../../kubernetes/errors.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { mutatedBytes } from './mutated-bytes.ts';
import { mutatedJson } from './mutated-json.ts';
import { numRuns } from './num-runs.ts';

const SECRET = 'c2VjcmV0LXRva2Vu';
/** Without a plugin that exists, because a damaged one could be any program. */
const VALID = {
  'current-context': 'test',
  clusters: [{ name: 'test', cluster: { server: 'https://cluster.invalid', 'proxy-url': '' } }],
  contexts: [{ name: 'test', context: { cluster: 'test', user: 'someone', namespace: 'shop' } }],
  users: [
    {
      name: 'someone',
      user: {
        token: SECRET,
        tokenFile: '/nowhere',
        username: '',
        as: 'jane',
        'as-uid': '7',
        'as-groups': ['dev'],
        'as-user-extra': { reason: ['why'] },
        'auth-provider': { name: 'oidc', config: { 'id-token': SECRET } },
      },
    },
  ],
};
const FIELDS: ReadonlySet<string> = new Set([
  'current-context',
  'clusters',
  'contexts',
  'users',
  'name',
  'cluster',
  'context',
  'user',
  'server',
  'token',
  'tokenFile',
  'as',
  'as-uid',
  'as-groups',
  'as-user-extra',
  'auth-provider',
]);

const text = fc.oneof(
  mutatedJson(VALID, FIELDS).map((value) => JSON.stringify(value)),
  mutatedBytes(Buffer.from(JSON.stringify(VALID))).map((bytes) => bytes.toString('latin1')),
  fc.string({ unit: 'binary' }),
);

/** Whether the secret became a name, or part of another text, which errors show. */
function isElsewhere(contents: string): boolean {
  return contents.replaceAll(/"(?:id-)?token":"c2VjcmV0LXRva2Vu"/g, '').includes(SECRET);
}

describe('a damaged kubeconfig', () => {
  let file: string;
  beforeEach(() => {
    file = join(temporaryFolder(), 'config');
    vi.stubEnv('KUBERNETES_SERVICE_HOST', undefined);
  });

  it('is used or is an error with a cause, and never shows a secret', async () => {
    await fc.assert(
      fc.asyncProperty(text, async (contents) => {
        writeFileSync(file, contents);
        try {
          const context = loadKubeconfig({ kubeconfig: file });
          const { headers } = await kubeconfigCredentials(context, AbortSignal.timeout(1));
          expect(context.cluster.server).toMatch(/^https:/i);
          for (const value of Object.values(headers).flat()) expect(value).not.toMatch(/[\r\n]/);
        } catch (error) {
          expect(error).toBeInstanceOf(ClusterSetupError);
          if (!isElsewhere(contents)) expect(String(error)).not.toContain(SECRET);
        }
      }),
      numRuns(300),
    );
  });
});
