import {
  AssumeRoleCommand,
  AssumeRoleWithWebIdentityCommand,
  GetCallerIdentityCommand,
} from '@aws-sdk/client-sts';
import { beforeEach, describe, expect, it } from 'vitest';
import {
  anIssuer,
  type IdentityIssuer,
  SUBJECT,
} from '../../../../support/builders/identity-issuer.ts';
import { ACCOUNT, startEmbeddedAws } from '../embedded-aws.ts';

const ORDERS = `arn:aws:iam::${ACCOUNT}:role/orders`;
const NAME = 'oidc.example.com/id/A1';
const PROVIDER = `arn:aws:iam::${ACCOUNT}:oidc-provider/${NAME}`;

type Aws = Awaited<ReturnType<typeof startEmbeddedAws>>;

let issuer: IdentityIssuer;
let aws: Aws;

beforeEach(async () => {
  issuer = await anIssuer();
  aws = await startEmbeddedAws();
  aws.sts.addOidcProvider({
    account: ACCOUNT,
    url: issuer.url,
    clientIds: ['sts.amazonaws.com'],
    keys: issuer.keys,
  });
  aws.sts.addRole({ arn: ORDERS, maxSessionDuration: 43_200, trustPolicy: trustIdentity() });
});

function trustIdentity(principal: string = PROVIDER, equals: object = {}) {
  return {
    Version: '2012-10-17',
    Statement: {
      Effect: 'Allow',
      Principal: { Federated: principal },
      Action: 'sts:AssumeRoleWithWebIdentity',
      Condition: {
        StringEquals: {
          [`${NAME}:sub`]: SUBJECT,
          [`${NAME}:aud`]: 'sts.amazonaws.com',
          'sts:RoleSessionName': 'shop@demo',
          ...equals,
        },
      },
    },
  };
}

interface Input {
  readonly token?: string;
  readonly roleArn?: string;
  readonly seconds?: number;
  readonly sessionName?: string;
}

async function open({ token, roleArn = ORDERS, seconds, sessionName = 'shop@demo' }: Input = {}) {
  // No credentials: the call is not signed.
  const credentials = async () => {
    throw new Error('the call must not need credentials');
  };
  const client = aws.client(credentials as never);
  return client.send(
    new AssumeRoleWithWebIdentityCommand({
      RoleArn: roleArn,
      RoleSessionName: sessionName,
      WebIdentityToken: token ?? (await issuer.sign(aws.clock.now())),
      DurationSeconds: seconds,
    }),
  );
}

describe('AssumeRoleWithWebIdentity', () => {
  it('opens a session of up to twelve hours, without a signature', async () => {
    const { Credentials, ...rest } = await open({ seconds: 43_200 });
    expect(rest).toMatchObject({
      SubjectFromWebIdentityToken: SUBJECT,
      Audience: 'sts.amazonaws.com',
      Provider: PROVIDER,
      AssumedRoleUser: { Arn: `arn:aws:sts::${ACCOUNT}:assumed-role/orders/shop@demo` },
    });
    const seconds = (Credentials?.Expiration?.getTime() ?? 0) / 1_000;
    expect(seconds - Math.floor(aws.clock.now().getTime() / 1_000)).toBe(43_200);
    expect(aws.sts.identitySessions).toMatchObject([{ subject: SUBJECT, roleArn: ORDERS }]);
    expect(aws.sts.calls.at(-1)).toMatchObject({ caller: undefined, status: 200 });
    const session = aws.client({
      accessKeyId: Credentials?.AccessKeyId ?? '',
      secretAccessKey: Credentials?.SecretAccessKey ?? '',
      sessionToken: Credentials?.SessionToken ?? '',
      expiration: new Date(0),
    });
    await expect(session.send(new GetCallerIdentityCommand({}))).resolves.toMatchObject({
      Account: ACCOUNT,
    });
    // A role that this session assumes is chained: no more than an hour.
    await expect(
      session.send(
        new AssumeRoleCommand({ RoleArn: ORDERS, RoleSessionName: 'x1', DurationSeconds: 7_200 }),
      ),
    ).rejects.toThrow(/not authorized|1 hour session limit/);
  });

  const now = () => aws.clock.now();
  const inHours = (hours: number) => Math.floor(now().getTime() / 1_000) + hours * 3_600;

  it.each([
    [
      'a token of another issuer',
      async () => ({ token: await (await anIssuer('https://b.example.com')).sign(now()) }),
      'InvalidIdentityTokenException',
      'No OpenIDConnect provider found in your account for https://b.example.com',
    ],
    [
      'a token with another key',
      async () => ({ token: await (await anIssuer()).sign(now()) }),
      'InvalidIdentityTokenException',
      /^Couldn't retrieve verification key from your identity provider/,
    ],
    [
      'another audience',
      async () => ({ token: await issuer.sign(now(), { aud: ['vault'] }) }),
      'InvalidIdentityTokenException',
      'Incorrect token audience',
    ],
    [
      'an expired token',
      async () => ({ token: await issuer.sign(now(), { exp: inHours(-1) }) }),
      'ExpiredTokenException',
      /^Token expired: current date\/time \d+ must be before the expiration date\/time \d+$/,
    ],
    [
      'a token that is not valid yet',
      async () => ({ token: await issuer.sign(now(), { nbf: inHours(1) }) }),
      'InvalidIdentityTokenException',
      'Invalid claim: nbf',
    ],
    [
      'a token without a subject',
      async () => ({ token: await issuer.sign(now(), { sub: undefined }) }),
      'InvalidIdentityTokenException',
      'Invalid claim: sub',
    ],
    [
      'no JWT',
      async () => ({ token: 'abcdef' }),
      'InvalidIdentityTokenException',
      /is not a valid JWT/,
    ],
    [
      'another subject',
      async () => ({ token: await issuer.sign(now(), { sub: `${SUBJECT}-x` }) }),
      'AccessDenied',
      'Not authorized to perform sts:AssumeRoleWithWebIdentity',
    ],
    [
      'another session name',
      async () => ({ sessionName: 'bank@demo' }),
      'AccessDenied',
      'Not authorized to perform sts:AssumeRoleWithWebIdentity',
    ],
    [
      'a role that does not exist',
      async () => ({ roleArn: `${ORDERS}-x` }),
      'AccessDenied',
      'Not authorized to perform sts:AssumeRoleWithWebIdentity',
    ],
    [
      'a role of an account without the provider',
      async () => ({ roleArn: 'arn:aws:iam::999999999999:role/orders' }),
      'InvalidIdentityTokenException',
      `No OpenIDConnect provider found in your account for https://${NAME}`,
    ],
    ['a session of 899 seconds', async () => ({ seconds: 899 }), 'ValidationError', /900/],
    ['a session of 13 hours', async () => ({ seconds: 46_800 }), 'ValidationError', /43200/],
  ] as const)('rejects %s', async (_, input, name, message) => {
    await expect(open(await input())).rejects.toMatchObject({
      name,
      message: typeof message === 'string' ? message : expect.stringMatching(message),
    });
    expect(aws.sts.identitySessions).toEqual([]);
  });

  it('rejects a session that is longer than the role allows', async () => {
    aws.sts.addRole({ arn: `${ORDERS}-short`, trustPolicy: trustIdentity() });
    const roleArn = `${ORDERS}-short`;
    await expect(open({ roleArn, seconds: 3_601 })).rejects.toMatchObject({
      name: 'ValidationError',
      message: 'The requested DurationSeconds exceeds the MaxSessionDuration set for this role.',
    });
    await expect(open({ roleArn, seconds: 3_600 })).resolves.toMatchObject({});
  });

  it.each([
    ['the provider of another account', trustIdentity(PROVIDER.replace(ACCOUNT, '9'.repeat(12)))],
    ['another provider', trustIdentity(`${PROVIDER}x`)],
    [
      'the condition keys of another provider',
      trustIdentity(PROVIDER, { 'b.example.com:sub': 'x' }),
    ],
    [
      'only roles',
      {
        Version: '2012-10-17',
        Statement: [{ Effect: 'Allow', Principal: { AWS: ACCOUNT }, Action: 'sts:*' }],
      },
    ],
    [
      'it, and a statement that denies it',
      {
        Version: '2012-10-17',
        Statement: [
          trustIdentity().Statement,
          { Effect: 'Deny', Principal: { Federated: PROVIDER }, Action: 'sts:*' },
        ],
      },
    ],
  ])('is denied by a role that trusts %s', async (_, trustPolicy) => {
    aws.sts.addRole({ arn: `${ORDERS}-other`, trustPolicy });
    await expect(open({ roleArn: `${ORDERS}-other` })).rejects.toMatchObject({
      name: 'AccessDenied',
    });
  });

  it('does not let a role assume a role that trusts the provider only', async () => {
    await expect(
      aws.client().send(new AssumeRoleCommand({ RoleArn: ORDERS, RoleSessionName: 'shop@demo' })),
    ).rejects.toMatchObject({ name: 'AccessDenied' });
  });
});
