import { expect, it } from 'vitest';
import { shareSessions } from '../../../../../lambda/act/sessions/assume-role.ts';

const FOREVER = new AbortController().signal;

it('opens one session for what is the same, and never one for two namespaces', async () => {
  const opened: string[] = [];
  const assumeRole = shareSessions(async ({ namespace, roleArn, sessionSeconds }) => {
    opened.push(`${namespace} ${roleArn} ${sessionSeconds}`);
    return {
      accessKeyId: namespace,
      secretAccessKey: '',
      sessionToken: '',
      expiresAt: new Date(0),
    };
  });
  const request = { namespace: 'shop', roleArn: 'a', sessionSeconds: 3_600 };
  const all = await Promise.all(
    [
      request,
      request,
      { ...request, namespace: 'bank' },
      { ...request, roleArn: 'b' },
      { ...request, sessionSeconds: 900 },
      request,
    ].map((one) => assumeRole(one, FOREVER)),
  );
  expect(all.map(({ accessKeyId }) => accessKeyId)).toEqual([
    'shop',
    'shop',
    'bank',
    'shop',
    'shop',
    'shop',
  ]);
  expect(opened).toEqual(['shop a 3600', 'bank a 3600', 'shop b 3600', 'shop a 900']);
});
