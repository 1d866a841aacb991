import { Sha256 } from '@aws-crypto/sha256-js';
import { SignatureV4 } from '@smithy/signature-v4';
import { describe, expect, it } from 'vitest';
import {
  type AccessEntry,
  createTokenAuthenticator,
} from '../../../../../local/aws/eks/token-authenticator.ts';
import { STS_THROTTLING } from '../../../../../local/aws/http/call-faults.ts';
import type { SessionCredentials } from '../../../../../local/aws/iam/session.ts';
import { ACCOUNT, REFRESHER, REGION, startEmbeddedAws } from '../embedded-aws.ts';

const HOST = `sts.${REGION}.amazonaws.com`;
const ENTRY: AccessEntry = {
  clusterName: 'demo',
  principalArn: REFRESHER.replace('role/', 'role/some/path/'),
  kubernetesGroups: ['kube-aws-iam:refreshers'],
};

async function startWithAuthenticator(entries: readonly AccessEntry[] = [ENTRY]) {
  const aws = await startEmbeddedAws();
  const rejections: string[] = [];
  const authenticate = createTokenAuthenticator({
    clusterName: 'demo',
    stsUrl: aws.sts.url,
    partition: 'aws',
    clock: aws.clock,
    accessEntries: () => entries,
    onRejected: (reason) => rejections.push(reason),
  });
  return { ...aws, rejections, authenticate };
}

interface TokenOptions {
  readonly host?: string;
  readonly clusterName?: string;
  readonly headers?: Record<string, string>;
  readonly query?: Record<string, string>;
  readonly expiresIn?: number;
  readonly signingDate?: Date;
}

async function presignedUrl(credentials: SessionCredentials, options: TokenOptions = {}) {
  const host = options.host ?? HOST;
  const region = /sts\.(\w+-\w+-\d)/.exec(host)?.[1] ?? 'us-east-1';
  const signer = new SignatureV4({ credentials, region, service: 'sts', sha256: Sha256 });
  const { query } = await signer.presign(
    {
      method: 'GET',
      protocol: 'https:',
      hostname: host,
      path: '/',
      query: { Action: 'GetCallerIdentity', Version: '2011-06-15', ...options.query },
      headers: { host, ...(options.headers ?? { 'x-k8s-aws-id': options.clusterName ?? 'demo' }) },
    },
    { expiresIn: options.expiresIn ?? 60, signingDate: options.signingDate ?? new Date() },
  );
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query ?? {})) search.set(name, String(value));
  return `https://${host}/?${search}`;
}

const toToken = (url: string) => `k8s-aws-v1.${Buffer.from(url).toString('base64url')}`;

describe('an EKS token', () => {
  it('authenticates the user of the access entry for its role, with or without a path', async () => {
    const { authenticate, credentials } = await startWithAuthenticator();
    const token = toToken(await presignedUrl(credentials));
    expect(token.length).toBeGreaterThan(1_500);
    expect(await authenticate(token)).toEqual({
      username: `arn:aws:sts::${ACCOUNT}:assumed-role/refresher/refresh`,
      groups: ['kube-aws-iam:refreshers'],
      uid: expect.stringMatching(/^aws-iam-authenticator:123456789012:AROA/),
    });
  });

  it.each(['sts.us-west-2.amazonaws.com', 'sts.eu-central-1.api.aws', 'sts.amazonaws.com'])(
    'can be signed for %s',
    async (host) => {
      const { authenticate, credentials } = await startWithAuthenticator();
      expect(await authenticate(toToken(await presignedUrl(credentials, { host })))).toBeDefined();
    },
  );

  it('has the username of the access entry', async () => {
    const entry = { ...ENTRY, username: 'refresher:{{SessionName}}' };
    const { authenticate, sts } = await startWithAuthenticator([entry]);
    const { credentials } = sts.issueServiceSession(REFRESHER, 'lambda.amazonaws.com', 'a@b');
    const user = await authenticate(toToken(await presignedUrl(credentials)));
    expect(user?.username).toBe('refresher:a-b');
  });

  it('is rejected without an access entry for its role', async () => {
    const entry = { ...ENTRY, principalArn: `${REFRESHER}-2` };
    const { authenticate, credentials, rejections } = await startWithAuthenticator([entry]);
    expect(await authenticate(toToken(await presignedUrl(credentials)))).toBeUndefined();
    expect(rejections).toEqual([
      `no access entry for arn:aws:sts::${ACCOUNT}:assumed-role/refresher/refresh`,
    ]);
  });

  it('expires 15 minutes after its date, whatever its X-Amz-Expires', async () => {
    const { authenticate, credentials, clock } = await startWithAuthenticator();
    const token = toToken(await presignedUrl(credentials));
    clock.advance(890);
    expect(await authenticate(token)).toBeDefined();
    clock.advance(20);
    expect(await authenticate(token)).toBeUndefined();
  });

  it.each<[string, TokenOptions, RegExp]>([
    ['for another cluster', { clusterName: 'other' }, /SignatureDoesNotMatch/],
    ['without a cluster', { headers: {} }, /x-k8s-aws-id is not signed/],
    ['for a host other than STS', { host: 'sts.example.com' }, /not an STS host/],
    ['for STS in China', { host: 'sts.cn-north-1.amazonaws.com.cn' }, /not an STS host/],
    [
      'with an additional parameter',
      { query: { 'X-Amz-User-Agent': 'x' } },
      /User-Agent is not allowed/,
    ],
    ['with another action', { query: { Action: 'AssumeRole' } }, /Action is AssumeRole/],
    ['that expires later than allowed', { expiresIn: 901 }, /X-Amz-Expires is '901'/],
    ['signed in the future', { signingDate: new Date(Date.now() + 600_000) }, /not yet current/],
  ])('%s is rejected', async (_title, options, reason) => {
    const { authenticate, credentials, rejections } = await startWithAuthenticator();
    expect(await authenticate(toToken(await presignedUrl(credentials, options)))).toBeUndefined();
    expect(rejections).toEqual([expect.stringMatching(reason)]);
    expect(rejections.join()).not.toContain(credentials.sessionToken);
  });

  it.each<[string, (url: string) => string, RegExp]>([
    ['without the prefix', (url) => Buffer.from(url).toString('base64url'), /does not start with/],
    ['with padding', (url) => `${toToken(url)}==`, /without padding/],
    ['that is not a URL', () => toToken('nonsense'), /does not contain a URL/],
    ['with http', (url) => toToken(url.replace('https:', 'http:')), /scheme of the URL is http:/],
    ['for another path', (url) => toToken(url.replace('/?', '/x?')), /path of the URL is/],
    ['with a parameter twice', (url) => toToken(`${url}&version=x`), /version occurs twice/],
    [
      'of more than 4096 bytes',
      (url) => toToken(url) + 'a'.repeat(4_096),
      /more than the limit of 4096/,
    ],
    [
      'that was modified',
      (url) => toToken(url.replace('Expires=60', 'Expires=61')),
      /DoesNotMatch/,
    ],
  ])('%s is rejected', async (_title, change, reason) => {
    const { authenticate, credentials, rejections } = await startWithAuthenticator();
    expect(await authenticate(change(await presignedUrl(credentials)))).toBeUndefined();
    expect(rejections).toEqual([expect.stringMatching(reason)]);
  });

  it.each([STS_THROTTLING, { kind: 'drop' }, { kind: 'garbage', body: '<html>' }] as const)(
    'is rejected while STS has the fault $kind',
    async (fault) => {
      const { authenticate, credentials, sts } = await startWithAuthenticator();
      sts.faults.add({ effect: fault });
      const token = toToken(await presignedUrl(credentials));
      expect(await authenticate(token)).toBeUndefined();
      expect(await authenticate(token)).toBeDefined();
    },
  );
});
