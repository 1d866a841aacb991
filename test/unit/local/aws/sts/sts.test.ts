import { Sha256 } from '@aws-crypto/sha256-js';
import { AssumeRoleCommand, GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { SignatureV4 } from '@smithy/signature-v4';
import { describe, expect, it } from 'vitest';
import { STS_THROTTLING } from '../../../../../local/aws/http/call-faults.ts';
import { createIam } from '../../../../../local/aws/iam/iam.ts';
import type { SessionCredentials } from '../../../../../local/aws/iam/session.ts';
import { MovableClock } from '../../../../../local/clock.ts';
import {
  ACCOUNT,
  APP,
  allow,
  REFRESHER,
  REGION,
  startEmbeddedAws,
  trustAccount,
  trustService,
} from '../embedded-aws.ts';

const assume = (input: Partial<AssumeRoleCommand['input']> = {}) =>
  new AssumeRoleCommand({ RoleArn: APP, RoleSessionName: 'shop@demo', ...input });

const DENIED = (resource: string) => ({
  name: 'AccessDenied',
  message: `User: arn:aws:sts::${ACCOUNT}:assumed-role/refresher/refresh is not authorized to perform: sts:AssumeRole on resource: ${resource}`,
});

describe('AssumeRole', () => {
  it('issues valid credentials that expire by the embedded clock, in whole seconds', async () => {
    const { client, clock } = await startEmbeddedAws();
    clock.advance(7_200);
    const before = Math.floor(clock.now().getTime() / 1_000) * 1_000;
    // The first attempt is signed two hours too early; the client takes the time from the error.
    const sts = client();
    await expect(sts.send(assume())).rejects.toThrow(/^Signature expired: /);
    const { Credentials, AssumedRoleUser } = await sts.send(assume({ DurationSeconds: 900 }));
    const expiration = Credentials?.Expiration?.getTime() ?? 0;
    expect(expiration % 1_000).toBe(0);
    expect(expiration - before).toBeGreaterThanOrEqual(900_000);
    expect(Credentials?.AccessKeyId).toMatch(/^ASIA[A-Z2-7]{16}$/);
    expect(Credentials?.SessionToken).toHaveLength(800);
    expect(AssumedRoleUser?.Arn).toBe(`arn:aws:sts::${ACCOUNT}:assumed-role/app/shop@demo`);
  });

  it('issues credentials whose identity GetCallerIdentity returns', async () => {
    const { client } = await startEmbeddedAws();
    const { Credentials } = await client().send(assume());
    const session = client(toCredentials(Credentials));
    const identity = await session.send(new GetCallerIdentityCommand());
    expect(identity).toMatchObject({
      Account: ACCOUNT,
      Arn: `arn:aws:sts::${ACCOUNT}:assumed-role/app/shop@demo`,
      UserId: expect.stringMatching(/^AROA[A-Z2-7]{17}:shop@demo$/),
    });
  });

  it.each([
    ['a role that does not exist', `arn:aws:iam::${ACCOUNT}:role/app-missing`],
    ['a role that does not trust the caller', `arn:aws:iam::${ACCOUNT}:role/app-closed`],
    ['a role that no policy of the caller allows', `arn:aws:iam::${ACCOUNT}:role/db`],
  ])('denies %s with the same message', async (_title, roleArn) => {
    const { client, sts } = await startEmbeddedAws();
    sts.addRole({
      arn: `arn:aws:iam::${ACCOUNT}:role/app-closed`,
      trustPolicy: trustService('ec2.amazonaws.com'),
    });
    sts.addRole({ arn: `arn:aws:iam::${ACCOUNT}:role/db`, trustPolicy: trustAccount() });
    await expect(client().send(assume({ RoleArn: roleArn }))).rejects.toMatchObject(
      DENIED(roleArn),
    );
  });

  it('lets a trust policy restrict caller, session name and external ID', async () => {
    const { client, sts } = await startEmbeddedAws();
    sts.addRole({
      arn: `${APP}-bound`,
      trustPolicy: trustAccount({
        ArnEquals: { 'aws:PrincipalArn': REFRESHER },
        StringLike: { 'sts:RoleSessionName': 'shop@*' },
        StringEquals: { 'sts:ExternalId': 'handshake' },
      }),
    });
    sts.addRole({
      arn: `${REFRESHER}-2`,
      trustPolicy: trustService('lambda.amazonaws.com'),
      policies: [{ name: 'all', document: allow('sts:AssumeRole', '*') }],
    });
    const { credentials: other } = sts.issueServiceSession(
      `${REFRESHER}-2`,
      'lambda.amazonaws.com',
      'other',
    );
    const bound = { RoleArn: `${APP}-bound`, ExternalId: 'handshake' };
    const denied = [
      client(other).send(assume(bound)),
      client().send(assume({ ...bound, RoleSessionName: 'till@demo' })),
      client().send(assume({ ...bound, ExternalId: 'guess' })),
    ];
    for (const attempt of denied) await expect(attempt).rejects.toThrow(/not authorized/);
    await expect(client().send(assume(bound))).resolves.toBeDefined();
  });

  it('requires sts:TagSession on both sides for tags, which the trust policy can refer to', async () => {
    const { client, sts } = await startEmbeddedAws();
    const trustPolicy = {
      Version: '2012-10-17',
      Statement: {
        Effect: 'Allow',
        Principal: { AWS: ACCOUNT },
        Action: ['sts:AssumeRole', 'sts:TagSession'],
        Condition: { StringEquals: { 'aws:RequestTag/team': 'shop' } },
      },
    };
    sts.addRole({ arn: `${APP}-tagged`, trustPolicy });
    const input = { RoleArn: `${APP}-tagged`, Tags: [{ Key: 'team', Value: 'shop' }] };
    await expect(client().send(assume(input))).rejects.toThrow(/not authorized/);
    sts.addRole({
      arn: `${REFRESHER}-tags`,
      trustPolicy: trustService('lambda.amazonaws.com'),
      policies: [{ name: 'all', document: allow(['sts:AssumeRole', 'sts:TagSession'], '*') }],
    });
    const { credentials: tagger } = sts.issueServiceSession(
      `${REFRESHER}-tags`,
      'lambda.amazonaws.com',
      'tagger',
    );
    await expect(client(tagger).send(assume(input))).resolves.toBeDefined();
    const wrong = { ...input, Tags: [{ Key: 'team', Value: 'other' }] };
    await expect(client(tagger).send(assume(wrong))).rejects.toThrow(/not authorized/);
  });

  it('requires no identity policy within the account if the trust policy names the caller', async () => {
    const { client, sts } = await startEmbeddedAws();
    const arn = `arn:aws:iam::${ACCOUNT}:role/direct`;
    sts.addRole({
      arn,
      trustPolicy: {
        Version: '2012-10-17',
        Statement: { Effect: 'Allow', Principal: { AWS: REFRESHER }, Action: 'sts:AssumeRole' },
      },
    });
    await expect(client().send(assume({ RoleArn: arn }))).resolves.toBeDefined();
  });

  it.each([
    [
      { DurationSeconds: 899 },
      "1 validation error detected: Value '899' at 'durationSeconds' failed to satisfy constraint: Member must have value greater than or equal to 900",
    ],
    [{ DurationSeconds: 43_201 }, /Member must have value less than or equal to 43200$/],
    [
      { DurationSeconds: 3_601 },
      'The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining',
    ],
    [
      { DurationSeconds: 3_601, RoleArn: `${APP}-short` },
      'The requested DurationSeconds exceeds the MaxSessionDuration set for this role.',
    ],
    [
      { RoleSessionName: 'a/b' },
      String.raw`1 validation error detected: Value 'a/b' at 'roleSessionName' failed to satisfy constraint: Member must satisfy regular expression pattern: [\w+=,.@-]*`,
    ],
    [{ RoleSessionName: 'x' }, /Member must have length greater than or equal to 2$/],
    [{ RoleSessionName: 'x'.repeat(65) }, /Member must have length less than or equal to 64$/],
    [{ RoleArn: 'arn:aws:iam::1:role/too-short-account' }, /is invalid$/],
    [{ SourceIdentity: 'someone' }, /AssumeRole parameter SourceIdentity is not supported/],
  ])('rejects %j with a ValidationError', async (input, message) => {
    const { client, sts } = await startEmbeddedAws();
    sts.addRole({ arn: `${APP}-short`, trustPolicy: trustAccount() });
    const failure = await client()
      .send(assume(input))
      .catch((error: unknown) => error);
    expect(failure).toMatchObject({ name: 'ValidationError' });
    expect(String(failure)).toMatch(message);
  });
});

describe('a signature', () => {
  it('of an unknown access key is rejected', async () => {
    const { client, credentials } = await startEmbeddedAws();
    const unknown = client({ ...credentials, accessKeyId: 'ASIAAAAAAAAAAAAAAAAA' });
    await expect(unknown.send(assume())).rejects.toMatchObject({ name: 'InvalidClientTokenId' });
  });

  it('with another session token is rejected', async () => {
    const { client, credentials } = await startEmbeddedAws();
    const wrong = client({ ...credentials, sessionToken: 'x' });
    await expect(wrong.send(assume())).rejects.toMatchObject({ name: 'InvalidClientTokenId' });
  });

  it('with another secret key is rejected', async () => {
    const { client, credentials } = await startEmbeddedAws();
    const wrong = client({ ...credentials, secretAccessKey: 'x' });
    await expect(wrong.send(assume())).rejects.toMatchObject({ name: 'SignatureDoesNotMatch' });
  });

  it('for another region is rejected', async () => {
    const { client, credentials } = await startEmbeddedAws();
    await expect(client(credentials, 'eu-west-1').send(assume())).rejects.toMatchObject({
      name: 'SignatureDoesNotMatch',
      message: 'Credential should be scoped to a valid region.',
    });
  });

  it('of expired credentials is rejected', async () => {
    const { client, clock, sts } = await startEmbeddedAws();
    const { Credentials } = await client().send(assume({ DurationSeconds: 900 }));
    clock.advance(901);
    const expired = new STSClient({
      endpoint: sts.url,
      region: REGION,
      credentials: toCredentials(Credentials),
      systemClockOffset: 901_000,
      maxAttempts: 1,
    });
    await expect(expired.send(assume())).rejects.toMatchObject({ name: 'ExpiredToken' });
  });

  it('is required', async () => {
    const { sts } = await startEmbeddedAws();
    const answer = await fetch(`${sts.url}/?Action=GetCallerIdentity&Version=2011-06-15`);
    expect(answer.status).toBe(403);
    expect(await answer.text()).toContain('<Code>MissingAuthenticationToken</Code>');
  });

  it('covers the body', async () => {
    const { sts, credentials } = await startEmbeddedAws();
    const { hostname, host } = new URL(sts.url);
    const body = 'Action=GetCallerIdentity&Version=2011-06-15';
    const signed = await signer(credentials).sign({
      method: 'POST',
      protocol: 'http:',
      hostname,
      path: '/',
      headers: { host, 'content-type': 'application/x-www-form-urlencoded' },
      body,
    });
    const post = (text: string) =>
      fetch(sts.url, { method: 'POST', headers: signed.headers, body: text });
    expect((await post(body)).status).toBe(200);
    expect(await (await post(`${body}&x=1`)).text()).toContain('SignatureDoesNotMatch');
  });

  it('in the query of a GET request is valid for GetCallerIdentity', async () => {
    const { sts, credentials } = await startEmbeddedAws();
    const { hostname, host } = new URL(sts.url);
    const { query } = await signer(credentials).presign(
      {
        method: 'GET',
        protocol: 'http:',
        hostname,
        path: '/',
        query: { Action: 'GetCallerIdentity', Version: '2011-06-15' },
        headers: { host },
      },
      { expiresIn: 60 },
    );
    const search = toSearch(query);
    const answer = await fetch(`${sts.url}/?${search}`, {
      headers: { accept: 'application/json' },
    });
    expect(await answer.json()).toMatchObject({
      GetCallerIdentityResponse: { GetCallerIdentityResult: { Account: ACCOUNT } },
    });
    search.set('Action', 'AssumeRole');
    expect((await fetch(`${sts.url}/?${search}`)).status).toBe(403);
  });
});

describe('faults', () => {
  it('throttle the given number of calls with the error of STS', async () => {
    const { client, sts } = await startEmbeddedAws();
    sts.faults.add({ effect: STS_THROTTLING, match: ({ resource }) => resource === APP });
    await expect(client().send(assume())).rejects.toMatchObject({
      name: 'Throttling',
      message: 'Rate exceeded',
      $metadata: { httpStatusCode: 400 },
    });
    await expect(client().send(assume())).resolves.toBeDefined();
  });

  it('drop connections, which the SDK retries', async () => {
    const { sts, credentials } = await startEmbeddedAws();
    sts.faults.add({ effect: { kind: 'drop' }, times: 2 });
    const patient = new STSClient({ endpoint: sts.url, region: REGION, credentials });
    await expect(patient.send(assume())).resolves.toBeDefined();
    expect(sts.calls.map(({ status }) => status)).toEqual([0, 0, 200]);
  });

  it('return a malformed response', async () => {
    const { client, sts } = await startEmbeddedAws();
    sts.faults.add({ effect: { kind: 'garbage', body: '<html>' } });
    await expect(client().send(assume())).rejects.toThrow();
  });

  it('end when they are removed', async () => {
    const { client, sts } = await startEmbeddedAws();
    const remove = sts.faults.add({
      effect: { kind: 'error', status: 503, code: 'ServiceUnavailable', message: 'down' },
      times: Number.POSITIVE_INFINITY,
    });
    await expect(client().send(assume())).rejects.toThrow('down');
    remove();
    await expect(client().send(assume())).resolves.toBeDefined();
    sts.faults.add({ effect: STS_THROTTLING, times: Number.POSITIVE_INFINITY });
    sts.faults.clear();
    await expect(client().send(assume())).resolves.toBeDefined();
  });
});

describe('records', () => {
  it('contain every call and no credentials', async () => {
    const { client, sts, credentials } = await startEmbeddedAws();
    await client().send(assume());
    await client()
      .send(assume({ RoleArn: `${APP}-missing` }))
      .catch(() => undefined);
    const caller = `arn:aws:sts::${ACCOUNT}:assumed-role/refresher/refresh`;
    expect(sts.calls).toMatchObject([
      { action: 'AssumeRole', resource: APP, caller, status: 200, errorCode: undefined },
      { resource: `${APP}-missing`, caller, status: 403, errorCode: 'AccessDenied' },
    ]);
    expect(JSON.stringify(sts.calls)).not.toContain(credentials.accessKeyId);
  });

  it('contain the statements that never applied', async () => {
    const { client, iam } = await startEmbeddedAws();
    expect(iam.unusedPolicyParts()).toEqual(['refresher/assume/1', 'app/trust/1']);
    await client().send(assume());
    expect(iam.unusedPolicyParts()).toEqual([]);
  });

  it('contain the actions and resources that were never requested', () => {
    const iam = createIam(new MovableClock());
    const document = allow(['sts:AssumeRole', 'sts:TagSession'], [APP, `${APP}-*`]);
    const trustPolicy = trustService('lambda.amazonaws.com');
    iam.addRole({ arn: REFRESHER, trustPolicy, policies: [{ name: 'assume', document }] });
    const session = iam.issueServiceSession(REFRESHER, 'lambda.amazonaws.com', 'refresh');
    iam.decide(session, 'sts:AssumeRole', APP);
    expect(iam.unusedPolicyParts()).toEqual([
      'refresher/assume/1 sts:TagSession',
      `refresher/assume/1 ${APP}-*`,
    ]);
  });
});

describe('a service', () => {
  it('can assume a role only if the trust policy allows it, for the given source', async () => {
    const { sts } = await startEmbeddedAws();
    const service = 'scheduler.amazonaws.com';
    const arn = `arn:aws:iam::${ACCOUNT}:role/scheduler`;
    sts.addRole({
      arn,
      trustPolicy: trustService(service, { StringEquals: { 'aws:SourceAccount': ACCOUNT } }),
    });
    expect(() => sts.issueServiceSession(arn, service, 'run')).toThrow(
      /the role's trust policy does not allow/,
    );
    const { credentials: issued } = sts.issueServiceSession(arn, service, 'run', {
      sourceAccount: ACCOUNT,
    });
    expect(issued.accessKeyId).toMatch(/^ASIA/);
    expect(() => sts.issueServiceSession(`${arn}-2`, service, 'run')).toThrow(
      /the role does not exist/,
    );
  });
});

function toSearch(query: object | undefined): URLSearchParams {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query ?? {})) search.set(name, String(value));
  return search;
}

function signer(credentials: SessionCredentials): SignatureV4 {
  return new SignatureV4({ credentials, region: REGION, service: 'sts', sha256: Sha256 });
}

function toCredentials(
  issued:
    | {
        AccessKeyId?: string | undefined;
        SecretAccessKey?: string | undefined;
        SessionToken?: string | undefined;
      }
    | undefined,
): SessionCredentials {
  return {
    accessKeyId: issued?.AccessKeyId ?? '',
    secretAccessKey: issued?.SecretAccessKey ?? '',
    sessionToken: issued?.SessionToken ?? '',
    expiration: new Date(8.64e15),
  };
}
