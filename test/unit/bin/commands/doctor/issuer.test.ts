import { describe, expect, it } from 'vitest';
import { checksFor } from '../../../../../bin/commands/doctor/all-checks.ts';
import { issuerCheck } from '../../../../../bin/commands/doctor/cluster-checks/issuer.ts';
import { settingsOf } from './settings.ts';

const ISSUER = 'https://oidc.example.com/id/A1';
const SESSIONS = { source: 'oidc', hours: 12, issuer: ISSUER } as const;

/** Runs the check with what the API server answers. */
function run(result: object) {
  const read = async () => result as never;
  const settings = settingsOf({ sessions: SESSIONS });
  return issuerCheck.run({ settings, cluster: { read } } as never);
}

describe('the issuer of the cluster', () => {
  it.each([
    ['the one of the setting', { kind: 'found', value: ISSUER }, 'ok', /12 hours$/],
    [
      'another one',
      { kind: 'found', value: 'https://b.example.com' },
      'failed',
      /tokens of https:\/\/b\.example\.com, and the setting sessions\.issuer is https:\/\/oidc/,
    ],
    [
      'the same with a slash, which is another one for STS',
      { kind: 'found', value: `${ISSUER}/` },
      'failed',
      /id\/A1\/, and the setting/,
    ],
    [
      'hostile',
      { kind: 'found', value: 'https://x/;\u001b[2J$(reboot)' },
      'failed',
      /^the API server issues tokens of https:\/\/x\/\?\?\?2J\?\?reboot\?, /,
    ],
    ['not published', { kind: 'absent' }, 'not-checked', /does not publish/],
    ['forbidden', { kind: 'forbidden', permission: 'get x' }, 'not-checked', /missing permission/],
  ])('is %s', async (_, result, status, says) => {
    expect(await run(result)).toMatchObject({ status, says: expect.stringMatching(says) });
  });

  it('is checked only if it opens sessions', () => {
    const ids = (settings: object) =>
      checksFor({ kind: 'eks', runsIn: 'lambda', ...settings }).map(({ id }) => id);
    expect(ids({ sessions: SESSIONS })).toContain('issuer');
    expect(ids({ sessions: { source: 'role', hours: 1 } })).not.toContain('issuer');
  });
});
