import { beforeAll, describe, expect, it } from 'vitest';
import type { ApiRequest, ApiResponse } from '../../../../kubernetes/kubernetes-connection.ts';
import { type ClusterLogin, cachedLogin } from '../../../../kubernetes/login/cluster-login.ts';
import { createMaintainLogin } from '../../../../kubernetes/login/maintain-login.ts';
import { parseLoginKubeconfig } from '../../../../kubernetes/login/parse-kubeconfig.ts';
import {
  formatLoginKubeconfig,
  type StoredUser,
} from '../../../../kubernetes/login/stored-login.ts';
import {
  type IssuedCertificate,
  issueClientCertificate,
} from '../../../../local/kubernetes/certificates.ts';
import { loginToken, refresherToken } from '../../../support/builders/login-token.ts';
import { FOREVER } from '../fake-connection.ts';

const NOW = new Date('2026-11-23T12:00:00Z');
const HOUR = 3_600;
const DAY = 24 * HOUR;
const YEAR = 365 * DAY;
const ADDRESS = { url: 'https://10.0.0.10:6443', certificateAuthority: 'PEM' };

let issued: IssuedCertificate;
beforeAll(async () => {
  issued = await issueClientCertificate('robot', 'robots');
});

const json = (status: number, body: object): ApiResponse => ({
  status,
  headers: { 'content-type': 'application/json' },
  body: Buffer.from(JSON.stringify(body)),
});

const token = (text: string): StoredUser => ({ token: text, mayLackExpiry: false });

interface Options {
  /** Longest life of a token that the API server issues, in seconds. */
  readonly cap?: number;
  readonly isRotated?: boolean;
}

/** A secret that containers share, a cluster that issues tokens, and a clock. */
function aWorld(user: StoredUser, { cap = YEAR, isRotated = true }: Options = {}) {
  const world = {
    now: NOW,
    value: formatLoginKubeconfig({ user }),
    requests: [] as ApiRequest[],
    writes: 0,
    answer: undefined as (() => ApiResponse) | undefined,
  };
  const secret = {
    read: async () => world.value,
    async write(value: string) {
      world.value = value;
      world.writes += 1;
    },
  };
  const now = () => world.now;
  const location = { clusterName: 'blue', secretArn: 'arn:secret', address: ADDRESS, secret, now };
  const connection = {
    async send(request: ApiRequest) {
      world.requests.push(request);
      if (world.answer) return world.answer();
      const { spec } = JSON.parse(request.body ?? '');
      const seconds = Math.min(cap, spec.expirationSeconds);
      return json(201, { status: { token: refresherToken(world.now, seconds) } });
    },
  };
  const aContainer = () => {
    const login = cachedLogin(location);
    const maintain = createMaintainLogin({ ...location, isRotated, login, connection });
    return { login, maintain: () => maintain(FOREVER) };
  };
  const pass = (seconds: number) => {
    world.now = new Date(world.now.getTime() + seconds * 1_000);
  };
  return { world, aContainer, pass };
}

async function tokenIn(value: string): Promise<string> {
  const { user } = await parseLoginKubeconfig(value);
  return 'token' in user ? user.token : expect.fail('it is no token');
}

const usedToken = ({ credentials }: ClusterLogin) =>
  'value' in credentials ? credentials.value : undefined;

describe('a token of the refresher', () => {
  it.each([
    [YEAR, YEAR],
    [90 * DAY, YEAR],
    [DAY, DAY],
    [HOUR, HOUR],
    [600, 600],
  ])('of %i s is rotated when half of its life is over, and not before', async (life, cap) => {
    const { world, aContainer, pass } = aWorld(token(refresherToken(NOW, life)), { cap });
    const { login, maintain } = aContainer();
    pass(life / 2 - 1);
    expect(await maintain()).toMatchObject({ result: 'kept', isExpiringSoon: false });
    expect(world.requests).toEqual([]);
    pass(1);
    const expiresAt = new Date(world.now.getTime() + life * 1_000);
    expect(await maintain()).toEqual({ result: 'rotated', isExpiringSoon: false, expiresAt });
    expect(world.requests).toMatchObject([
      {
        method: 'POST',
        path: '/api/v1/namespaces/kube-aws-iam/serviceaccounts/kube-aws-iam-refresher/token',
        body: expect.stringContaining(`"spec":{"expirationSeconds":${life}}`),
      },
    ]);
    expect(usedToken(await login.get())).toBe(await tokenIn(world.value));
    expect(await maintain()).toMatchObject({ result: 'kept', expiresAt });
    expect(world.writes).toBe(1);
  });

  it('of more than a year is replaced by one of a year', async () => {
    const { world, aContainer, pass } = aWorld(token(refresherToken(NOW, 10 * YEAR)));
    pass(9.5 * YEAR);
    expect(await aContainer().maintain()).toMatchObject({ result: 'rotated' });
    expect(world.requests[0]?.body).toContain(`"expirationSeconds":${YEAR}`);
  });

  it('is rotated with the lives that a server grants, for a year of passes', async () => {
    const { world, aContainer, pass } = aWorld(token(refresherToken(NOW, 90 * DAY)), { cap: DAY });
    const { maintain } = aContainer();
    for (let hour = 0; hour < 365 * 24; hour += 1) {
      pass(HOUR);
      const { expiresAt, isExpiringSoon, result } = await maintain();
      expect([result === 'failed', isExpiringSoon]).toEqual([false, false]);
      expect(expiresAt?.getTime()).toBeGreaterThan(world.now.getTime());
    }
    expect(world.writes).toBeGreaterThan(600);
  });

  it('is rotated once by containers that find it due one after the other', async () => {
    const { world, aContainer, pass } = aWorld(token(refresherToken(NOW, DAY)));
    const [a, b] = [aContainer(), aContainer()];
    pass(12 * HOUR - 60);
    // Neither reads the secret again until a quarter of an hour later.
    await Promise.all([a.login.get(), b.login.get()]);
    pass(60);
    expect((await a.maintain()).result).toBe('rotated');
    expect(await b.maintain()).toMatchObject({
      result: 'kept',
      expiresAt: new Date(world.now.getTime() + DAY * 1_000),
    });
    expect([world.writes, world.requests.length]).toEqual([1, 1]);
  });

  it('that several containers rotate at once stays valid, whichever they store', async () => {
    const { world, aContainer, pass } = aWorld(token(refresherToken(NOW, DAY)));
    const containers = Array.from({ length: 5 }, aContainer);
    pass(12 * HOUR);
    await Promise.all(containers.map(({ maintain }) => maintain()));
    pass(15 * 60);
    for (const { login } of containers) {
      expect(usedToken(await login.get())).toBe(await tokenIn(world.value));
    }
  });

  it('keeps the address that its kubeconfig contains', async () => {
    const address = { url: 'https://own.example', certificateAuthority: issued.caPem };
    const { world, aContainer, pass } = aWorld(token('unused'));
    world.value = formatLoginKubeconfig({ address, user: token(refresherToken(NOW, DAY)) });
    pass(12 * HOUR);
    expect((await aContainer().maintain()).result).toBe('rotated');
    expect((await parseLoginKubeconfig(world.value)).address?.url).toBe('https://own.example');
  });

  const status = (code: number, message: string) => () =>
    json(code, { kind: 'Status', code, reason: 'X', message });
  const issuing = (text: unknown) => () => json(201, { status: { token: text } });
  it.each([
    ['403', status(403, 'no'), /apply the chart's manifests again .*403 X: no/],
    ['404', status(404, 'serviceaccounts "x" not found'), /404 X: serviceaccounts "x" not found/],
    ['an answer without a token', () => json(201, {}), /contains no token/],
    ['a token that is a number', issuing(1), /contains no token/],
    ['no JSON', () => ({ ...json(201, {}), body: Buffer.from('<html>') }), /contains no token/],
    [
      'a token of somebody else',
      issuing(loginToken({ sub: 'x', iat: 1, exp: 9e9 })),
      /not one of its ServiceAccount/,
    ],
    ['a token without expiry', issuing(loginToken({ sub: 'x' })), /not one of its ServiceAccount/],
    ['a token that was issued long ago', issuing(refresherToken(NOW, DAY)), /about to expire/],
  ] as const)('is kept after %s', async (_, answer, explanation) => {
    const { world, aContainer, pass } = aWorld(token(refresherToken(NOW, DAY)));
    const before = world.value;
    world.answer = answer;
    pass(12 * HOUR);
    expect(await aContainer().maintain()).toMatchObject({
      result: 'failed',
      isExpiringSoon: false,
      explanation: expect.stringMatching(explanation),
    });
    expect([world.value, world.writes]).toEqual([before, 0]);
  });

  it('is tried again after a hundredth of its life, at most an hour, until it succeeds', async () => {
    const { world, aContainer, pass } = aWorld(token(refresherToken(NOW, 90 * DAY)));
    const { maintain } = aContainer();
    world.answer = status(503, 'busy');
    pass(45 * DAY);
    for (let minute = 0; minute < 60; minute += 1) {
      const { result, explanation } = await maintain();
      expect([result, explanation === undefined]).toEqual(['failed', minute > 0]);
      pass(60);
    }
    expect(world.requests).toHaveLength(1);
    world.answer = undefined;
    expect((await maintain()).result).toBe('rotated');
  });

  it.each([
    [90 * DAY, 14 * DAY],
    [42 * DAY, 14 * DAY],
    [30 * DAY, 10 * DAY],
    [DAY, 8 * HOUR],
    [HOUR, 20 * 60],
  ])('of %i s that is not rotated is reported %i s before it expires', async (life, soon) => {
    const { world, aContainer, pass } = aWorld(token(refresherToken(NOW, life)));
    const { maintain } = aContainer();
    world.answer = status(403, 'no');
    pass(life - soon);
    expect(await maintain()).toMatchObject({ result: 'failed', isExpiringSoon: false });
    pass(1);
    expect(await maintain()).toMatchObject({ result: 'failed', isExpiringSoon: true });
    pass(soon);
    expect(await maintain()).toMatchObject({ result: 'failed', isExpiringSoon: true });
  });

  it('does not replace a login that somebody stores while a token is requested', async () => {
    const { world, aContainer, pass } = aWorld(token(refresherToken(NOW, DAY)));
    const { login, maintain } = aContainer();
    const other = formatLoginKubeconfig({ user: token(refresherToken(NOW, 90 * DAY)) });
    pass(12 * HOUR);
    world.answer = () => {
      world.value = other;
      return json(201, { status: { token: refresherToken(world.now, DAY) } });
    };
    expect(await maintain()).toMatchObject({ result: 'kept' });
    expect([world.value, world.writes]).toEqual([other, 0]);
    expect(usedToken(await login.get())).toBe(await tokenIn(other));
  });

  it('is not rotated when somebody has stored another login in the meantime', async () => {
    const { world, aContainer, pass } = aWorld(token(refresherToken(NOW, DAY)));
    const { login, maintain } = aContainer();
    pass(12 * HOUR - 60);
    await login.get();
    pass(60);
    const other = loginToken({ sub: 'admin', exp: NOW.getTime() / 1_000 + YEAR });
    world.value = formatLoginKubeconfig({ user: token(other) });
    expect(await maintain()).toMatchObject({ result: 'kept' });
    expect([world.requests, usedToken(await login.get())]).toEqual([[], other]);
  });
});

describe('a login that the product cannot rotate', () => {
  it.each([
    [
      'a token of another ServiceAccount',
      () => token(refresherToken(NOW, 90 * DAY, { sub: 'system:serviceaccount:a:b' })),
      14 * DAY,
    ],
    [
      'a token without the time of issue',
      () => token(refresherToken(NOW, 90 * DAY, { iat: null })),
      14 * DAY,
    ],
  ])('is watched: %s', async (_, user, soon) => {
    const { world, aContainer, pass } = aWorld(user());
    const { maintain } = aContainer();
    pass(90 * DAY - soon);
    expect(await maintain()).toMatchObject({ result: 'kept', isExpiringSoon: false });
    pass(1);
    expect(await maintain()).toMatchObject({ result: 'kept', isExpiringSoon: true });
    expect(world.requests).toEqual([]);
  });

  it('is a client certificate, which is watched', async () => {
    const { world, aContainer } = aWorld({
      certificate: issued.certificatePem,
      key: issued.keyPem,
    });
    const { maintain } = aContainer();
    world.now = new Date();
    // Issued an hour ago, for two hours.
    expect(await maintain()).toMatchObject({ result: 'kept', isExpiringSoon: false });
    world.now = new Date(Date.now() + 30 * 60_000);
    expect(await maintain()).toMatchObject({ result: 'kept', isExpiringSoon: true });
    expect(world.requests).toEqual([]);
  });

  it('is any login of a kubeconfig of the user', async () => {
    const { world, aContainer, pass } = aWorld(token(refresherToken(NOW, DAY)), {
      isRotated: false,
    });
    pass(12 * HOUR);
    expect(await aContainer().maintain()).toMatchObject({ result: 'kept' });
    expect(world.requests).toEqual([]);
  });

  it('never expires, as somebody has acknowledged', async () => {
    const { aContainer } = aWorld({ token: 'opaque', mayLackExpiry: true });
    expect(await aContainer().maintain()).toEqual({ result: 'kept', isExpiringSoon: false });
  });
});
