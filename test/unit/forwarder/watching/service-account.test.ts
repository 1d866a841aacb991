import { describe, expect, it } from 'vitest';
import { readServiceAccount } from '../../../../forwarder/watching/service-account.ts';

function anAccount() {
  let now = 0;
  const files = new Map([
    ['/folder/token', 'first\n'],
    ['/folder/ca.crt', 'authority'],
  ]);
  const reads: string[] = [];
  const account = readServiceAccount({
    folder: '/folder',
    now: () => new Date(now),
    async readFile(path) {
      reads.push(path);
      const text = files.get(path);
      if (text === undefined) throw new Error(`ENOENT: ${path}`);
      return text;
    },
  });
  const advance = (milliseconds: number) => {
    now += milliseconds;
  };
  return { account, files, reads, advance };
}

describe('readServiceAccount', () => {
  it('reads the token anew when it is older than a minute', async () => {
    const { account, files, advance } = anAccount();
    expect(await account.token()).toBe('first');
    files.set('/folder/token', 'second');
    advance(60_000);
    expect(await account.token()).toBe('first');
    advance(1);
    expect(await account.token()).toBe('second');
  });

  it('reads the token anew when it was refused', async () => {
    const { account, files } = anAccount();
    await account.token();
    files.set('/folder/token', 'second');
    account.forgetToken();
    expect(await account.token()).toBe('second');
  });

  it('reads the authority each time', async () => {
    const { account, files } = anAccount();
    expect(await account.certificateAuthority()).toBe('authority');
    files.set('/folder/ca.crt', 'another');
    expect(await account.certificateAuthority()).toBe('another');
  });

  it('says which file is missing', async () => {
    const { account, files } = anAccount();
    files.clear();
    await expect(account.token()).rejects.toThrow('/folder/token');
  });
});
