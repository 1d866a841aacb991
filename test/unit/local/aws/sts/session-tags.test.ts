import { AssumeRoleCommand, type AssumeRoleCommandInput } from '@aws-sdk/client-sts';
import { describe, expect, it } from 'vitest';
import { ACCOUNT, allow, startEmbeddedAws, trustService } from '../embedded-aws.ts';

const role = (name: string) => `arn:aws:iam::${ACCOUNT}:role/${name}`;
const FIRST = role('first');
const SECOND = role('second');

const trust = (action: string | string[], condition: object = {}) => ({
  Version: '2012-10-17',
  Statement: [
    { Effect: 'Allow', Principal: { AWS: ACCOUNT }, Action: action, Condition: condition },
  ],
});
const BOTH = ['sts:AssumeRole', 'sts:TagSession'];

const assume = (input: Partial<AssumeRoleCommandInput>) =>
  new AssumeRoleCommand({ RoleArn: FIRST, RoleSessionName: 'shop@demo', ...input });
const tag = (Key: string, Value = 'x') => ({ Key, Value });

/** Starts an STS with a role that can assume and tag everything, and two roles that trust it and can assume each other. */
async function start() {
  const aws = await startEmbeddedAws();
  aws.sts.addRole({
    arn: role('tagger'),
    trustPolicy: trustService('lambda.amazonaws.com'),
    policies: [{ name: 'all', document: allow(BOTH, '*') }],
  });
  for (const arn of [FIRST, SECOND]) {
    aws.sts.addRole({
      arn,
      trustPolicy: trust(BOTH),
      policies: [{ name: 'all', document: allow(BOTH, '*') }],
    });
  }
  const tagger = aws.sts.issueServiceSession(role('tagger'), 'lambda.amazonaws.com', 'tagger');
  return { ...aws, tagger: aws.client(tagger.credentials) };
}

describe('session tags', () => {
  it('are recorded for each successful request, with the external ID and the caller', async () => {
    const { sts, tagger } = await start();
    await tagger.send(
      assume({
        ExternalId: 'a/b:c',
        Tags: [tag('kubernetes-namespace', 'shop'), tag('team', 'ü /=+-@')],
        TransitiveTagKeys: ['kubernetes-namespace'],
      }),
    );
    await tagger.send(assume({ RoleArn: `${FIRST}-missing` })).catch(() => undefined);
    expect(sts.assumedRoles).toEqual([
      {
        caller: `arn:aws:sts::${ACCOUNT}:assumed-role/tagger/tagger`,
        roleArn: FIRST,
        sessionName: 'shop@demo',
        durationSeconds: 3_600,
        externalId: 'a/b:c',
        sessionTags: {
          tags: new Map([
            ['kubernetes-namespace', 'shop'],
            ['team', 'ü /=+-@'],
          ]),
          transitiveKeys: ['kubernetes-namespace'],
        },
      },
    ]);
  });

  it.each([
    ['caller', allow('sts:AssumeRole', '*'), trust(BOTH)],
    ['role', allow(BOTH, '*'), trust('sts:AssumeRole')],
  ])(
    'are denied with sts:TagSession if the %s does not allow it',
    async (_, policy, trustPolicy) => {
      const { client, sts } = await startEmbeddedAws();
      const arn = role('caller');
      sts.addRole({
        arn,
        trustPolicy: trustService('lambda.amazonaws.com'),
        policies: [{ name: 'own', document: policy }],
      });
      sts.addRole({ arn: FIRST, trustPolicy });
      const { credentials } = sts.issueServiceSession(arn, 'lambda.amazonaws.com', 'x');
      const caller = client(credentials);
      await expect(caller.send(assume({ Tags: [tag('team')] }))).rejects.toMatchObject({
        name: 'AccessDenied',
        message: `User: arn:aws:sts::${ACCOUNT}:assumed-role/caller/x is not authorized to perform: sts:TagSession on resource: ${FIRST}`,
      });
      await expect(caller.send(assume({}))).resolves.toBeDefined();
    },
  );

  it('are not allowed by a statement with a condition on the session name or the external ID', async () => {
    const { sts, tagger } = await start();
    const conditions = {
      StringEquals: { 'sts:ExternalId': 'handshake', 'sts:RoleSessionName': 'shop@demo' },
    };
    sts.addRole({ arn: role('one'), trustPolicy: trust(BOTH, conditions) });
    const input = { RoleArn: role('one'), ExternalId: 'handshake' };
    await expect(tagger.send(assume(input))).resolves.toBeDefined();
    await expect(tagger.send(assume({ ...input, Tags: [tag('team')] }))).rejects.toThrow(
      /sts:TagSession/,
    );
  });

  it.each([
    ['ValidationError', /at 'tags' .* length less than or equal to 50/, many(51)],
    [
      'ValidationError',
      /tags.1.member.key.* length less than or equal to 128/,
      [tag('k'.repeat(129))],
    ],
    [
      'ValidationError',
      /tags.2.member.value.* or equal to 256/,
      [tag('a'), tag('b', 'v'.repeat(257))],
    ],
    ['ValidationError', /tags.1.member.key.*regular expression/, [tag('a*')]],
    ['ValidationError', /tags.1.member.value.*regular expression/, [tag('a', '<b>')]],
    ['ValidationError', /tags.1.member.key.*length 1 or more/, [tag('')]],
    ['InvalidParameterValue', /^Duplicate tag keys found/, [tag('Team'), tag('team')]],
    ['InvalidParameterValue', /must be included in the requested tags/, [tag('team')], ['tem']],
  ])('are rejected with %s %s', async (name, message, Tags, TransitiveTagKeys?: string[]) => {
    const { tagger } = await start();
    const attempt = tagger.send(assume({ Tags, TransitiveTagKeys }));
    await expect(attempt).rejects.toMatchObject({ name });
    await expect(attempt).rejects.toThrow(message);
  });

  it('are accepted up to their maximum number and length', async () => {
    const { tagger } = await start();
    const Tags = [...many(49), tag('k'.repeat(128), 'v'.repeat(256))];
    await expect(tagger.send(assume({ Tags }))).resolves.toBeDefined();
  });

  it('cannot be overridden by a session that inherited them', async () => {
    const { client, tagger } = await start();
    const sessionOf = async (caller: typeof tagger, input: Partial<AssumeRoleCommandInput>) => {
      const { Credentials } = await caller.send(assume(input));
      return client({
        accessKeyId: Credentials?.AccessKeyId ?? '',
        secretAccessKey: Credentials?.SecretAccessKey ?? '',
        sessionToken: Credentials?.SessionToken ?? '',
        expiration: new Date(),
      });
    };
    const Tags = [tag('kubernetes-namespace', 'shop'), tag('team')];
    const first = await sessionOf(tagger, { Tags, TransitiveTagKeys: ['kubernetes-namespace'] });
    // The session after the next inherits them as well.
    const second = await sessionOf(first, { RoleArn: SECOND, Tags: [tag('team')] });
    for (const caller of [first, second]) {
      await expect(
        caller.send(assume({ Tags: [tag('Kubernetes-Namespace', 'bank')] })),
      ).rejects.toThrow(/conflicts with a transitive tag key from the calling session/);
    }
  });
});

describe('an external ID', () => {
  it.each([
    ['x', /length greater than or equal to 2$/],
    ['x'.repeat(1_225), /length less than or equal to 1224$/],
    ['a b', /satisfy regular expression pattern/],
  ])('%s is rejected', async (ExternalId, message) => {
    const { tagger } = await start();
    await expect(tagger.send(assume({ ExternalId }))).rejects.toThrow(message);
  });
});

function many(count: number) {
  return Array.from({ length: count }, (_, i) => tag(`key-${i}`));
}
