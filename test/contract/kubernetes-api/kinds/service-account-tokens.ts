import { decodeJwt, type JWTPayload } from 'jose';
import { beforeAll, expect, it } from 'vitest';
import { apiClient } from '../../../../local/api-client.ts';
import { type ContractSuite, describeInNamespace } from '../contract-context.ts';

/** A TokenRequest with its token, or the `Status` of an error. */
interface TokenBody {
  readonly spec: { readonly audiences: readonly string[] };
  readonly status: { readonly token: string; readonly expirationTimestamp: string };
  readonly message: string;
  readonly details: { readonly causes: readonly { readonly field: string }[] };
}

/** Tokens of ServiceAccounts: the subresource `token`, and requests with such a token. */
export const serviceAccountTokensContract: ContractSuite = (server) => {
  describeInNamespace('tokens of ServiceAccounts', server, (context) => {
    let accounts: string;
    beforeAll(async () => {
      accounts = `/api/v1/namespaces/${context().namespace}/serviceaccounts`;
      await context().api.send('POST', accounts, { body: { metadata: { name: 'robot' } } });
    });

    async function request(spec: object, name = 'robot') {
      const answer = await context().api.send('POST', `${accounts}/${name}/token`, {
        body: { kind: 'TokenRequest', apiVersion: 'authentication.k8s.io/v1', spec },
      });
      return { status: answer.status, body: answer.body as unknown as TokenBody };
    }

    const claimsOf = ({ status: { token } }: TokenBody): JWTPayload => decodeJwt(token);

    async function statusWith(token: string): Promise<number> {
      const client = apiClient({ ...server(), token });
      const { status } = await client.send('GET', '/api/v1/pods');
      await client.close();
      return status;
    }

    it('has the subject, the ServiceAccount, the audience of the API and the requested life', async () => {
      const { status, body } = await request({ expirationSeconds: 7_200 });
      expect(status).toBe(201);
      expect(body).toMatchObject({
        kind: 'TokenRequest',
        apiVersion: 'authentication.k8s.io/v1',
        metadata: { name: 'robot', namespace: context().namespace },
        spec: { expirationSeconds: 7_200 },
      });
      const claims = claimsOf(body);
      const { exp = 0, iat = 0, iss } = claims;
      expect(claims).toMatchObject({
        sub: `system:serviceaccount:${context().namespace}:robot`,
        aud: body.spec.audiences,
        'kubernetes.io': {
          namespace: context().namespace,
          serviceaccount: { name: 'robot', uid: expect.any(String) },
        },
        nbf: iat,
      });
      expect(exp - iat).toBe(7_200);
      expect(iss).toMatch(/^https:/);
      const expiresAt = new Date(body.status.expirationTimestamp).getTime() / 1_000;
      expect(Math.abs(expiresAt - exp)).toBeLessThanOrEqual(1);
    });

    it('lasts for an hour when no life is requested', async () => {
      const { exp = 0, iat = 0 } = claimsOf((await request({})).body);
      expect(exp - iat).toBe(3_600);
    });

    it('authenticates its ServiceAccount', async () => {
      const { body } = await request({});
      const client = apiClient({ ...server(), token: body.status.token });
      const { status, body: denied } = await client.send('GET', '/api/v1/pods');
      await client.close();
      const user = `system:serviceaccount:${context().namespace}:robot`;
      expect([status, denied['message']]).toEqual([
        403,
        `pods is forbidden: User "${user}" cannot list resource "pods" in API group "" at the cluster scope`,
      ]);
    });

    it.each([
      ['for another audience', (token: string) => token, { audiences: ['sts.amazonaws.com'] }],
      ['with another signature', (token: string) => `${token.slice(0, -20)}${'A'.repeat(20)}`, {}],
      [
        'of another ServiceAccount with the same signature',
        (token: string) => {
          const [header, claims = '', signature] = token.split('.');
          const forged = Buffer.from(claims, 'base64url').toString().replaceAll('robot', 'admin');
          return [header, Buffer.from(forged).toString('base64url'), signature].join('.');
        },
        {},
      ],
    ])('%s is rejected', async (_, change, spec) => {
      const { body } = await request(spec);
      expect(await statusWith(change(body.status.token))).toBe(401);
    });

    it('is rejected when its ServiceAccount was deleted, and when it was created again', async () => {
      await context().api.send('POST', accounts, { body: { metadata: { name: 'gone' } } });
      const { token } = (await request({}, 'gone')).body.status;
      // A token that was used before would be accepted for ten more seconds.
      await context().api.send('DELETE', `${accounts}/gone`);
      await expect.poll(() => statusWith(token), { timeout: 30_000 }).toBe(401);
      await context().api.send('POST', accounts, { body: { metadata: { name: 'gone' } } });
      expect(await statusWith(token)).toBe(401);
    });

    it('has the requested audiences', async () => {
      const { body } = await request({ audiences: ['sts.amazonaws.com'] });
      expect(claimsOf(body).aud).toEqual(['sts.amazonaws.com']);
    });

    it.each([
      [599, 'may not specify a duration less than 10 minutes'],
      [2 ** 32 + 1, 'may not specify a duration larger than 2^32 seconds'],
    ])('422: life of %i s', async (expirationSeconds, detail) => {
      const { status, body } = await request({ expirationSeconds });
      expect([status, body.details.causes[0]?.field]).toEqual([422, 'spec.expirationSeconds']);
      expect(body.message).toContain(detail);
    });

    it('404: no such ServiceAccount', async () => {
      const { status, body } = await request({}, 'missing');
      expect([status, body.message]).toEqual([404, 'serviceaccounts "missing" not found']);
    });
  });
};
