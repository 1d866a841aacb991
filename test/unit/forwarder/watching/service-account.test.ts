import { describe, expect, it } from 'vitest';
import { readServiceAccount } from '../../../../forwarder/watching/service-account.ts';

function createTestAccount() {
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
  it('reads the token again after a minute', async () => {
    const { account, files, advance } = createTestAccount();
    expect(await account.token()).toBe('first');
    files.set('/folder/token', 'second');
    advance(60_000);
    expect(await account.token()).toBe('first');
    advance(1);
    expect(await account.token()).toBe('second');
  });

  it('reads the token again after it was invalidated', async () => {
    const { account, files } = createTestAccount();
    await account.token();
    files.set('/folder/token', 'second');
    account.invalidateToken();
    expect(await account.token()).toBe('second');
  });

  it('reads the authority every time', async () => {
    const { account, files } = createTestAccount();
    expect(await account.certificateAuthority()).toBe('authority');
    files.set('/folder/ca.crt', 'another');
    expect(await account.certificateAuthority()).toBe('another');
  });

  it('names the missing file', async () => {
    const { account, files } = createTestAccount();
    files.clear();
    await expect(account.token()).rejects.toThrow('/folder/token');
  });
});
