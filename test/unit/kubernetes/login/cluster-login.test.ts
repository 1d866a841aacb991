import { beforeAll, describe, expect, it } from 'vitest';
import { ClusterSetupError, ClusterUnreachableError } from '../../../../kubernetes/errors.ts';
import {
  type ClusterLoginDeps,
  cachedLogin,
  partOf,
} from '../../../../kubernetes/login/cluster-login.ts';
import { loginLife } from '../../../../kubernetes/login/login-life.ts';
import { formatLoginKubeconfig } from '../../../../kubernetes/login/stored-login.ts';
import {
  type IssuedCertificate,
  issueClientCertificate,
} from '../../../../local/kubernetes/certificates.ts';
import { loginToken, refresherToken } from '../../../support/builders/login-token.ts';

const NOW = new Date('2026-11-23T12:00:00Z');
const DAY = 24 * 3_600;
const SECRET_ARN = 'arn:aws:secretsmanager:eu-central-1:123456789012:secret:login-AbCdEf';
const ADDRESS = { url: 'https://10.0.0.10:6443', certificateAuthority: 'PEM' };

let issued: IssuedCertificate;
beforeAll(async () => {
  issued = await issueClientCertificate('robot', 'robots');
});

const minutes = (count: number) => new Date(NOW.getTime() + count * 60_000);

/** A login in a secret whose value can be changed, and whose reads can fail. */
function aLogin(value: string, deps: Partial<ClusterLoginDeps> = {}) {
  const state = { value, now: NOW, reads: 0, failure: undefined as Error | undefined };
  const login = cachedLogin({
    clusterName: 'blue',
    secretArn: SECRET_ARN,
    address: ADDRESS,
    now: () => state.now,
    secret: {
      async read() {
        state.reads += 1;
        if (state.failure) throw state.failure;
        return state.value;
      },
      write: () => expect.fail('nothing is written'),
    },
    ...deps,
  });
  return { login, state };
}

const stored = (token: string, mayLackExpiry = false) =>
  formatLoginKubeconfig({ user: { token, mayLackExpiry } });

describe('the login in a secret', () => {
  it('has the address of the settings, and else the one of the kubeconfig', async () => {
    const token = refresherToken(NOW, DAY);
    const own = { url: 'https://own.example', certificateAuthority: issued.caPem };
    const value = formatLoginKubeconfig({ address: own, user: { token, mayLackExpiry: false } });
    expect((await aLogin(value).login.get()).address).toEqual(ADDRESS);
    const { address } = await aLogin(value, { address: undefined }).login.get();
    expect(address.url).toBe(own.url);
    await expect(aLogin(stored(token), { address: undefined }).login.get()).rejects.toThrow(
      'cluster.server is missing. Run: kube-aws-iam connect --cluster blue',
    );
  });

  it.each([
    ['a token without exp', loginToken({ sub: 'x', iat: 1 })],
    ['a token whose exp is a text', loginToken({ exp: '2026' })],
    ['a token that expires in the year 300,000', loginToken({ exp: 9_404_000_000_000 })],
    ['a token that is no JSON web token', 'sha256~abcdef'],
    ['a token with three parts that are no JSON', 'a.b.c'],
  ])('is refused unless acknowledged: %s', async (_, token) => {
    const error = await aLogin(stored(token))
      .login.get()
      .catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(ClusterSetupError);
    expect(String(error)).toContain(SECRET_ARN);
    expect(String(error)).toContain('user.token');
    expect(String(error)).toContain('kube-aws-iam connect --cluster blue');
    expect(String(error)).toContain('--allow-token-without-expiry');
    expect(String(error)).not.toContain(token);
    const { credentials, life } = await aLogin(stored(token, true)).login.get();
    expect(credentials).toMatchObject({ value: token, staleAt: minutes(15) });
    expect(life.expiresAt).toBeUndefined();
  });

  it('that cannot be parsed is an error with secret, cause and command', async () => {
    const error = await aLogin('token: very-secret')
      .login.get()
      .catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({
      name: 'ClusterSetupError',
      message: `The secret ${SECRET_ARN} contains no usable login to cluster "blue": current-context is missing. Run: kube-aws-iam connect --cluster blue`,
    });
    expect(error).not.toHaveProperty('cause');
  });

  it.each([
    [DAY, 15],
    [3_600, 15],
    [1_200, 10],
    [600, 5],
    [30, 0.5],
    [-60, 0.5],
  ])('that expires in %i s is read again after %d min', async (seconds, after) => {
    const { login, state } = aLogin(stored(refresherToken(NOW, seconds)));
    expect((await login.get()).staleAt).toEqual(minutes(after));
    state.now = new Date(minutes(after).getTime() - 1);
    await login.get();
    expect(state.reads).toBe(1);
    state.now = minutes(after);
    state.value = stored(refresherToken(state.now, DAY));
    expect((await login.get()).life.expiresAt).toEqual(new Date(state.now.getTime() + DAY * 1_000));
    expect(state.reads).toBe(2);
  });

  it('keeps the same address, and so its connections, when only the token is replaced', async () => {
    const own = { url: 'https://own.example', certificateAuthority: issued.caPem };
    const value = (token: string, address = own) =>
      formatLoginKubeconfig({ address, user: { token, mayLackExpiry: false } });
    const { login, state } = aLogin(value(refresherToken(NOW, DAY)), { address: undefined });
    const first = await login.get();
    state.now = minutes(20);
    state.value = value(refresherToken(state.now, DAY));
    const second = await login.get();
    expect(second.credentials).not.toEqual(first.credentials);
    expect(second.address).toBe(first.address);
    state.now = minutes(40);
    state.value = value(refresherToken(state.now, DAY), { ...own, url: 'https://new.example' });
    expect((await login.get()).address.url).toBe('https://new.example');
  });

  it('is used until it expires while Secrets Manager does not answer, and then no longer', async () => {
    const { login, state } = aLogin(stored(refresherToken(NOW, 3_600)));
    const first = await login.get();
    state.failure = new ClusterUnreachableError('timeout');
    state.now = minutes(59);
    expect((await login.get()).credentials).toEqual(first.credentials);
    expect(state.reads).toBe(2);
    state.now = minutes(61);
    await expect(login.get()).rejects.toBe(state.failure);
    state.failure = undefined;
    state.value = stored(refresherToken(state.now, 3_600));
    await login.get();
  });

  it('is not used after an error that somebody has to fix, or after it was rejected', async () => {
    const { login, state } = aLogin(stored(refresherToken(NOW, 3_600)));
    const rejected = await login.get();
    state.failure = new ClusterSetupError('denied');
    state.now = minutes(16);
    await expect(login.get()).rejects.toBe(state.failure);
    state.failure = new ClusterUnreachableError('timeout');
    login.invalidate(rejected);
    await expect(login.get()).rejects.toBe(state.failure);
  });

  it('is read again when a part of it is invalid, once', async () => {
    const { login, state } = aLogin(stored(refresherToken(NOW, 3_600)));
    const credentials = partOf(login, (one) => one.credentials);
    const [first] = await Promise.all([credentials.get(), credentials.get()]);
    credentials.invalidate(first);
    credentials.invalidate(first);
    await credentials.get();
    credentials.invalidate(first);
    await credentials.get();
    expect(state.reads).toBe(2);
  });
});

describe('loginLife', () => {
  it('of a token is what it claims, and of a certificate what it says', () => {
    const token = refresherToken(NOW, 3_600);
    expect(loginLife({ token, mayLackExpiry: false })).toEqual({
      issuedAt: NOW,
      expiresAt: minutes(60),
      subject: 'system:serviceaccount:kube-aws-iam:kube-aws-iam-refresher',
    });
    const { issuedAt, expiresAt } = loginLife({ certificate: issued.certificatePem, key: '' });
    expect([issuedAt, expiresAt]).toEqual([expect.any(Date), expect.any(Date)]);
    const hours = ((expiresAt?.getTime() ?? 0) - (issuedAt?.getTime() ?? 0)) / 3_600_000;
    expect(hours).toBeCloseTo(2, 1);
  });

  it.each([
    [
      'nbf without iat',
      { nbf: 1, exp: 2 },
      { issuedAt: new Date(1_000), expiresAt: new Date(2_000) },
    ],
    ['an infinite exp', { exp: 1e308 }, {}],
    ['exp null', { exp: null }, {}],
    ['a subject that is no text', { sub: ['x'] }, {}],
  ])('of a token with %s', (_, claims, life) => {
    expect(loginLife({ token: loginToken(claims), mayLackExpiry: true })).toEqual(life);
  });
});
