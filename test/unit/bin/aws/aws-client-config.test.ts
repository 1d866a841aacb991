import { globSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { awsClientConfig } from '../../../../bin/aws/aws-client-config.ts';
import { temporaryFolder } from '../../../support/temporary-folder.ts';

const BIN = join(import.meta.dirname, '../../../../bin');

describe('every AWS client of the CLI', () => {
  it('has the configuration with the proxy, the credentials of CDK and the region of the stack', () => {
    const clients = globSync('**/*.ts', { cwd: BIN }).flatMap((file) =>
      [...readFileSync(join(BIN, file), 'utf8').matchAll(/new \w+Client\((\w*)/g)].map(
        ([, config]) => ({ file, config }),
      ),
    );
    expect(clients.length).toBeGreaterThanOrEqual(5);
    for (const { file, config } of clients) {
      expect({ file, config }).toEqual({
        file,
        config: expect.stringMatching(/^(?:awsClientConfig|config)$/),
      });
      expect(readFileSync(join(BIN, file), 'utf8')).toContain('awsClientConfig(region, ');
    }
  });
});

describe('the credentials', () => {
  const keys = { AWS_ACCESS_KEY_ID: 'AKIAENVIRONMENT', AWS_SECRET_ACCESS_KEY: 'SECRET' };
  beforeEach(() => {
    const folder = temporaryFolder();
    for (const name of ['AWS_PROFILE', 'AWS_DEFAULT_PROFILE', 'CDK_PROFILE', 'AWS_SESSION_TOKEN']) {
      vi.stubEnv(name, undefined);
    }
    vi.stubEnv('AWS_CONFIG_FILE', join(folder, 'config'));
    const credentials = join(folder, 'credentials');
    writeFileSync(credentials, `${profile('default')}${profile('team')}`);
    vi.stubEnv('AWS_SHARED_CREDENTIALS_FILE', credentials);
    for (const [name, value] of Object.entries(keys)) vi.stubEnv(name, value);
  });

  function profile(name: string): string {
    return `[${name}]\naws_access_key_id = AKIA${name.toUpperCase()}\naws_secret_access_key = SECRET\n`;
  }

  async function accessKey(): Promise<string> {
    const timeouts = { connectionTimeout: 1_000, requestTimeout: 1_000 };
    const { credentials } = awsClientConfig('eu-central-1', timeouts);
    const resolved = typeof credentials === 'function' ? await credentials() : credentials;
    return resolved.accessKeyId;
  }

  it.each([
    ['the access keys of the environment', {}, 'AKIAENVIRONMENT'],
    ['these, before AWS_PROFILE', { AWS_PROFILE: 'team' }, 'AKIAENVIRONMENT'],
    ["the profile of CDK's option, before these", { CDK_PROFILE: 'team' }, 'AKIATEAM'],
    ['AWS_PROFILE', { AWS_PROFILE: 'team', AWS_ACCESS_KEY_ID: '' }, 'AKIATEAM'],
    ['AWS_DEFAULT_PROFILE', { AWS_DEFAULT_PROFILE: 'team', AWS_ACCESS_KEY_ID: '' }, 'AKIATEAM'],
    ['the profile default', { AWS_ACCESS_KEY_ID: '' }, 'AKIADEFAULT'],
  ])('are those of cdk deploy: %s', async (_, variables, expected) => {
    for (const [name, value] of Object.entries(variables)) vi.stubEnv(name, value);
    expect(await accessKey()).toBe(expected);
  });
});
