import fc from 'fast-check';
import { dump } from 'js-yaml';
import { expect, it } from 'vitest';
import { LoginKubeconfigError } from '../../kubernetes/login/kubeconfig-fields.ts';
import { loginLife } from '../../kubernetes/login/login-life.ts';
import { parseLoginKubeconfig } from '../../kubernetes/login/parse-kubeconfig.ts';
import { numRuns } from './num-runs.ts';

const SECRET = 'very-secret';

/** Values that a field can have by mistake, with a credential among them. */
const anything = fc.letrec((tie) => ({
  value: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.constantFrom(null, true, false, '', 'x', 0, 1.5, SECRET, `${SECRET}\n`, `${SECRET}: [`),
    fc.string().map((text) => `${SECRET}${text}`),
    fc.array(tie('value'), { maxLength: 3 }),
    fc.dictionary(fc.oneof(fieldName(), fc.string()), tie('value'), { maxKeys: 4 }),
  ),
})).value;

function fieldName() {
  return fc.constantFrom(
    ...['clusters', 'users', 'contexts', 'current-context', 'name', 'cluster', 'user', 'context'],
    ...['token', 'tokenFile', 'exec', 'as', 'server', 'extensions', '__proto__', 'constructor'],
    ...['client-certificate-data', 'client-key-data', 'certificate-authority-data', SECRET],
  );
}

/** A kubeconfig with the right structure, of which any part may be something else. */
const almostValid = fc
  .record({
    ...{ cluster: anything, user: anything, context: anything, file: anything },
    ...{ field: fieldName(), at: fc.nat(4) },
  })
  .map(({ cluster, user, context, file, field, at }) => {
    const valid = {
      clusters: [{ name: 'c', cluster: {} }],
      users: [{ name: 'u', user: { token: SECRET } }],
      contexts: [{ name: 'x', context: { cluster: 'c', user: 'u' } }],
      'current-context': 'x',
    };
    return [
      file,
      { ...valid, clusters: [{ name: 'c', cluster }] },
      { ...valid, users: [{ name: 'u', user }] },
      { ...valid, contexts: [{ name: 'x', context }] },
      { ...valid, [field]: context },
    ][at];
  });

const text = fc.oneof(
  fc.string().map((some) => `${SECRET}${some}`),
  almostValid.map((value) => JSON.stringify(value)),
  almostValid.map((value) => dump(value, { skipInvalid: true })),
  fc
    .tuple(
      almostValid.map((value) => JSON.stringify(value)),
      fc.nat(400),
    )
    .map(([json, end]) => json.slice(0, end)),
);

it('every kubeconfig is a login, or an error that quotes nothing of it', async () => {
  await fc.assert(
    fc.asyncProperty(text, async (value) => {
      const login = await parseLoginKubeconfig(value).catch((error: unknown) => error);
      if (login instanceof Error) {
        expect(login).toBeInstanceOf(LoginKubeconfigError);
        expect(login.message.length).toBeLessThan(300);
        expect(`${login.message}${login.cause ?? ''}`).not.toContain(SECRET);
      } else {
        expect(login).toMatchObject({ user: { token: expect.stringMatching(/^[\x21-\x7e]+$/) } });
      }
    }),
    numRuns(500),
  );
});

it('the life of every token is dates, or nothing', () => {
  const claims = fc.dictionary(
    fc.constantFrom('exp', 'iat', 'nbf', 'sub'),
    fc.oneof(anything, fc.double()),
  );
  fc.assert(
    fc.property(fc.oneof(claims, anything), fc.string(), (payload, junk) => {
      const body = Buffer.from(JSON.stringify(payload) ?? '').toString('base64url');
      for (const token of [`a.${body}.c`, `${junk}.${body}`, junk]) {
        const { issuedAt, expiresAt } = loginLife({ token, mayLackExpiry: true });
        for (const date of [issuedAt, expiresAt]) {
          if (date !== undefined) expect(date.getTime()).not.toBeNaN();
        }
      }
    }),
    numRuns(300),
  );
});
