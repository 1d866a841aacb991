import { describe, expect, it } from 'vitest';
import type { ApiRequest } from '../../../../../kubernetes/kubernetes-connection.ts';
import { createAssumeRole } from '../../../../../lambda/act/sessions/assume-role.ts';
import { webIdentityToken } from '../../../../../lambda/act/sessions/web-identity-token.ts';
import { NOW } from '../../../../support/builders/builders.ts';
import { stsError } from './sts-error.ts';

const ORDERS = 'arn:aws:iam::123456789012:role/orders';
const BILLING = 'arn:aws-cn:iam::999999999999:role/team/Billing';
const ISSUER = 'https://oidc.example.com/id/A1';
const TOO_LONG = 'The requested DurationSeconds exceeds the MaxSessionDuration set for this role.';

const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');

interface World {
  /** Answers an AssumeRoleWithWebIdentity by returning or throwing. */
  readonly sts?: (input: { DurationSeconds: number; RoleArn: string }) => unknown;
  /** Answers a TokenRequest. */
  readonly api?: (request: ApiRequest) => { status: number; body: unknown };
}

/** The product's function over an API server and an STS, both of which answer as told. */
function world({ sts = () => undefined, api }: World = {}) {
  let now = NOW.getTime();
  let issued = 0;
  const requests: ApiRequest[] = [];
  const calls: { [key: string]: unknown; DurationSeconds: number; RoleArn: string }[] = [];
  const tokenOf = (number: number) => {
    const iat = NOW.getTime() / 1_000 + 5_000;
    return `${part({ alg: 'RS256', kid: 'k' })}.${part({ iss: ISSUER, iat, exp: iat + 3_600, number })}.c2lnbmF0dXJl`;
  };
  const connection = {
    async send(request: ApiRequest) {
      requests.push(request);
      issued += 1;
      const { status, body } = api?.(request) ?? {
        status: 201,
        body: { status: { token: tokenOf(issued) } },
      };
      const text = typeof body === 'string' ? body : JSON.stringify(body);
      return { status, headers: { 'content-type': 'application/json' }, body: Buffer.from(text) };
    },
  };
  const client = {
    async send({ input }: { input: (typeof calls)[number] }) {
      calls.push(input);
      await sts(input);
      return {
        Credentials: {
          AccessKeyId: 'ASIAEXAMPLE',
          SecretAccessKey: 'secret',
          SessionToken: 'session',
          Expiration: new Date(now + input.DurationSeconds * 1_000),
        },
      };
    },
  } as never;
  const clock = () => new Date(now);
  const token = webIdentityToken({ connection, now: clock });
  const assumeRole = createAssumeRole({
    sts: client,
    intermediate: undefined,
    identityToken: token,
    sessions: { nameForm: 'namespace', source: 'oidc', seconds: 43_200, issuer: ISSUER },
    clusterName: 'prod',
    policy: { forwarderRoleArn: 'arn:aws:iam::123456789012:role/forwarder' },
    now: clock,
  });
  return {
    requests,
    calls,
    tokenOf,
    pass: (minutes: number) => {
      now += minutes * 60_000;
    },
    assume: (roleArn = ORDERS, namespace = 'shop', sessionSeconds = 43_200, extra = {}) =>
      assumeRole({ roleArn, namespace, sessionSeconds, ...extra }, new AbortController().signal),
  };
}

describe('sessions of the identity of the cluster', () => {
  it('are requested with the token, without external ID and tags', async () => {
    const { assume, calls, requests, tokenOf } = world();
    const { expiresAt, limitedSeconds } = await assume();
    expect(expiresAt.getTime() - NOW.getTime()).toBe(43_200_000);
    expect(limitedSeconds).toBeUndefined();
    expect(calls).toEqual([
      {
        RoleArn: ORDERS,
        RoleSessionName: 'shop@prod',
        DurationSeconds: 43_200,
        WebIdentityToken: tokenOf(1),
      },
    ]);
    expect(requests).toMatchObject([
      {
        method: 'POST',
        path: '/api/v1/namespaces/kube-aws-iam/serviceaccounts/kube-aws-iam-sessions/token',
      },
    ]);
    expect(JSON.parse(requests[0]?.body ?? '')).toEqual({
      apiVersion: 'authentication.k8s.io/v1',
      kind: 'TokenRequest',
      spec: { audiences: ['sts.amazonaws.com'], expirationSeconds: 3_600 },
    });
  });

  it('are not that of the forwarder, which the role of the refresher opens', async () => {
    const { assume, calls, requests } = world();
    await assume('arn:aws:iam::123456789012:role/forwarder', 'kube-aws-iam', 3_600);
    expect(calls).toEqual([
      {
        RoleArn: 'arn:aws:iam::123456789012:role/forwarder',
        RoleSessionName: 'kube-aws-iam@prod',
        DurationSeconds: 3_600,
      },
    ]);
    expect(requests).toEqual([]);
  });

  it('share a token until half of its life, whatever the clock of the API server says', async () => {
    const { assume, requests, pass } = world();
    await Promise.all([assume(), assume(BILLING)]);
    pass(29.9);
    await assume();
    expect(requests).toHaveLength(1);
    pass(0.2);
    await assume();
    expect(requests).toHaveLength(2);
  });
});

describe('a role that allows no longer session', () => {
  const limitedTo = (max: number) =>
    world({
      sts: ({ DurationSeconds }) => {
        if (DurationSeconds > max) throw stsError('ValidationError', TOO_LONG);
      },
    });
  const durations = ({ calls }: ReturnType<typeof world>) =>
    calls.map(({ DurationSeconds }) => DurationSeconds);

  it('has sessions of an hour, with one call more', async () => {
    const limited = limitedTo(3_600);
    expect(await limited.assume()).toMatchObject({ limitedSeconds: 3_600 });
    expect(durations(limited)).toEqual([43_200, 3_600]);
  });

  it('is remembered for six hours, for requests that are as long or longer', async () => {
    const limited = limitedTo(3_600);
    await limited.assume(ORDERS, 'shop', 7_200);
    limited.pass(359);
    await limited.assume();
    await limited.assume(ORDERS, 'shop', 7_200);
    expect(durations(limited)).toEqual([7_200, 3_600, 3_600, 3_600]);
    await limited.assume(ORDERS, 'shop', 5_400);
    await limited.assume(BILLING);
    await limited.assume(ORDERS, 'bank');
    expect(durations(limited).slice(4)).toEqual([5_400, 3_600, 43_200, 3_600, 43_200, 3_600]);
  });

  it('is asked again after that, and when a person requests a new session', async () => {
    const limited = limitedTo(3_600);
    await limited.assume();
    await limited.assume(ORDERS, 'shop', 43_200, { isRevoked: true });
    limited.pass(360);
    await limited.assume();
    expect(durations(limited)).toEqual([43_200, 3_600, 43_200, 3_600, 43_200, 3_600]);
  });

  it.each([900, 3_600])('is not asked twice for %i seconds', async (seconds) => {
    const limited = limitedTo(0);
    await expect(limited.assume(ORDERS, 'shop', seconds)).rejects.toMatchObject({
      reason: 'sts-refused',
    });
    expect(durations(limited)).toEqual([seconds]);
  });
});

describe('a denial of the identity', () => {
  const PROVIDER = 'arn:aws:iam::123456789012:oidc-provider/oidc.example.com/id/A1';
  it.each([
    [
      'AccessDenied',
      'Not authorized to perform sts:AssumeRoleWithWebIdentity',
      ORDERS,
      'assume-role-denied',
      'The role does not exist, or its trust policy does not allow sts:AssumeRoleWithWebIdentity as this prints: kube-aws-iam trust-policy orders --namespace shop',
    ],
    [
      'AccessDenied',
      'Not authorized to perform sts:AssumeRoleWithWebIdentity with an explicit deny in a service control policy',
      ORDERS,
      'assume-role-denied',
      "A service control policy of AWS Organizations denies this cluster's identity (setting sessions) this action",
    ],
    [
      'InvalidIdentityTokenException',
      `No OpenIDConnect provider found in your account for ${ISSUER}`,
      BILLING,
      'identity-provider-refused',
      `Register the issuer of the cluster in account 999999999999: aws iam create-open-id-connect-provider --url ${ISSUER} --client-id-list sts.amazonaws.com`,
    ],
    [
      'InvalidIdentityTokenException',
      'Incorrect token audience',
      ORDERS,
      'identity-provider-refused',
      `aws iam add-client-id-to-open-id-connect-provider --open-id-connect-provider-arn ${PROVIDER} --client-id sts.amazonaws.com`,
    ],
    [
      'InvalidIdentityTokenException',
      "Couldn't retrieve verification key from your identity provider, please reference AssumeRoleWithWebIdentity documentation for requirements",
      ORDERS,
      'identity-provider-refused',
      `curl ${ISSUER}/.well-known/openid-configuration`,
    ],
    [
      'InvalidIdentityTokenException',
      "OpenIDConnect provider's HTTPS certificate doesn't match configured thumbprint",
      ORDERS,
      'identity-provider-refused',
      `aws iam update-open-id-connect-provider-thumbprint --open-id-connect-provider-arn ${PROVIDER}`,
    ],
    [
      'IDPRejectedClaimException',
      'something else',
      ORDERS,
      'identity-provider-refused',
      `aws iam get-open-id-connect-provider --open-id-connect-provider-arn ${PROVIDER}`,
    ],
    [
      'IDPCommunicationErrorException',
      'the provider did not answer',
      ORDERS,
      'sts-failed',
      'STS must be able to read the keys',
    ],
    [
      'ExpiredTokenException',
      'Token expired: current date/time 2 must be before the expiration date/time 1',
      ORDERS,
      'sts-failed',
      'The clocks of the API server and of STS differ',
    ],
    ['Throttling', 'Rate exceeded', ORDERS, 'sts-throttled', 'STS is throttling this account'],
    ['RegionDisabledException', 'disabled', ORDERS, 'sts-refused', 'RegionDisabledException'],
  ])('%s: %s', async (name, message, roleArn, reason, remedy) => {
    const { assume } = world({
      sts: () => {
        throw stsError(name, message);
      },
    });
    await expect(assume(roleArn)).rejects.toMatchObject({
      reason,
      message: expect.stringContaining(remedy),
    });
  });

  it.each([
    // name, age of the token in minutes -> tokens requested for the next session
    ['InvalidIdentityTokenException', 4, 1],
    ['InvalidIdentityTokenException', 5, 2],
    ['ExpiredTokenException', 0, 2],
    ['AccessDenied', 20, 1],
    ['IDPCommunicationErrorException', 20, 1],
  ])('%s after %i minutes: the next session is opened with token %i', async (name, age, count) => {
    let isDenied = false;
    const { assume, requests, pass } = world({
      sts: () => {
        if (isDenied) throw stsError(name, 'no');
      },
    });
    await assume();
    pass(age);
    isDenied = true;
    await Promise.allSettled([assume(), assume(BILLING), assume(ORDERS, 'bank')]);
    isDenied = false;
    await assume();
    expect(requests).toHaveLength(count);
  });

  it.each([
    ['a parameter', (token: string) => `Value '${token}' at 'webIdentityToken' failed to satisfy`],
    ['its claims', (token: string) => `cannot parse ${token.split('.')[1]}`],
    ['its signature', (token: string) => `bad signature ${token.split('.')[2]}`],
    ['its beginning', (token: string) => `Value '${token.slice(0, 30)}…' is not valid`],
  ])('never quotes the token, as an error about %s may', async (_, messageOf) => {
    const { assume, tokenOf } = world({
      sts: () => {
        throw stsError('ValidationError', messageOf(tokenOf(1)));
      },
    });
    const error = await assume().catch((one: unknown) => one);
    expect(error).toMatchObject({ reason: 'sts-refused' });
    expect(error).not.toHaveProperty('cause');
    const shown = JSON.stringify([String(error), (error as Error).stack, error]);
    for (const one of tokenOf(1).split('.')) expect(shown).not.toContain(one.slice(0, 12));
  });
});

describe('a cluster that issues no token', () => {
  const status = (code: number, message: string) => () => ({
    status: code,
    body: { kind: 'Status', message },
  });
  it.each([
    [
      status(404, 'serviceaccounts "kube-aws-iam-sessions" not found'),
      /not found\. Install the chart/,
    ],
    [
      status(403, 'cannot create resource "serviceaccounts/token"'),
      /cannot create .*Install the chart/,
    ],
    [status(500, 'etcd'), /500: etcd$/],
    [() => ({ status: 201, body: { status: { token: 'no JWT' } } }), /without a valid token$/],
    [() => ({ status: 201, body: { status: { token: 'a.b.c' } } }), /without a valid token$/],
    [() => ({ status: 201, body: '<html>' }), /without a valid token$/],
    [() => ({ status: 201, body: 'null' }), /without a valid token$/],
  ])('is named, with what helps: %s', async (api, message) => {
    const { assume, calls } = world({ api });
    await expect(assume()).rejects.toMatchObject({
      reason: 'identity-token-missing',
      message: expect.stringMatching(message),
    });
    expect(calls).toEqual([]);
  });

  it('is not asked again for each Secret of a pass', async () => {
    const { assume, requests, pass } = world({ api: status(503, 'busy') });
    for (let i = 0; i < 50; i += 1) await expect(assume()).rejects.toThrow(/busy/);
    expect(requests).toHaveLength(1);
    pass(1);
    await expect(assume()).rejects.toThrow(/busy/);
    expect(requests).toHaveLength(2);
  });
});
