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
  const refusals: string[] = [];
  const authenticate = createTokenAuthenticator({
    clusterName: 'demo',
    stsUrl: aws.sts.url,
    partition: 'aws',
    clock: aws.clock,
    accessEntries: () => entries,
    onRejected: (reason) => refusals.push(reason),
  });
  return { ...aws, refusals, authenticate };
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

describe('a token', () => {
  it('is the user of the access entry of its role, path or not', async () => {
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
    'may be signed for %s',
    async (host) => {
      const { authenticate, credentials } = await startWithAuthenticator();
      expect(await authenticate(toToken(await presignedUrl(credentials, { host })))).toBeDefined();
    },
  );

  it('has the name that the access entry gives it', async () => {
    const entry = { ...ENTRY, username: 'refresher:{{SessionName}}' };
    const { authenticate, sts } = await startWithAuthenticator([entry]);
    const { credentials } = sts.issueServiceSession(REFRESHER, 'lambda.amazonaws.com', 'a@b');
    const user = await authenticate(toToken(await presignedUrl(credentials)));
    expect(user?.username).toBe('refresher:a-b');
  });

  it('is nobody without an access entry of its role', async () => {
    const entry = { ...ENTRY, principalArn: `${REFRESHER}-2` };
    const { authenticate, credentials, refusals } = await startWithAuthenticator([entry]);
    expect(await authenticate(toToken(await presignedUrl(credentials)))).toBeUndefined();
    expect(refusals).toEqual([
      `no access entry for arn:aws:sts::${ACCOUNT}:assumed-role/refresher/refresh`,
    ]);
  });

  it('lives 15 minutes from its date, whatever it says about its expiry', async () => {
    const { authenticate, credentials, clock } = await startWithAuthenticator();
    const token = toToken(await presignedUrl(credentials));
    clock.advance(890);
    expect(await authenticate(token)).toBeDefined();
    clock.advance(20);
    expect(await authenticate(token)).toBeUndefined();
  });

  it.each<[string, TokenOptions, RegExp]>([
    ['for another cluster', { clusterName: 'other' }, /SignatureDoesNotMatch/],
    ['without the cluster', { headers: {} }, /x-k8s-aws-id is not signed/],
    ['for a host that is not STS', { host: 'sts.example.com' }, /not a host of STS/],
    ['for an STS of China', { host: 'sts.cn-north-1.amazonaws.com.cn' }, /not a host of STS/],
    ['with another parameter', { query: { 'X-Amz-User-Agent': 'x' } }, /User-Agent is not allowed/],
    ['with another action', { query: { Action: 'AssumeRole' } }, /Action is AssumeRole/],
    ['that expires later than allowed', { expiresIn: 901 }, /X-Amz-Expires is '901'/],
    ['of the future', { signingDate: new Date(Date.now() + 600_000) }, /not yet current/],
  ])('%s is refused', async (_title, options, reason) => {
    const { authenticate, credentials, refusals } = await startWithAuthenticator();
    expect(await authenticate(toToken(await presignedUrl(credentials, options)))).toBeUndefined();
    expect(refusals).toEqual([expect.stringMatching(reason)]);
    expect(refusals.join()).not.toContain(credentials.sessionToken);
  });

  it.each<[string, (url: string) => string, RegExp]>([
    ['without the prefix', (url) => Buffer.from(url).toString('base64url'), /begin with/],
    ['with padding', (url) => `${toToken(url)}==`, /without padding/],
    ['that is no URL', () => toToken('nonsense'), /holds no URL/],
    ['by http', (url) => toToken(url.replace('https:', 'http:')), /scheme is http:/],
    ['for another path', (url) => toToken(url.replace('/?', '/x?')), /path is/],
    ['with a parameter twice', (url) => toToken(`${url}&version=x`), /version is there twice/],
    ['of more than 4096 bytes', (url) => toToken(url) + 'a'.repeat(4_096), /more than 4096/],
    ['that was changed', (url) => toToken(url.replace('Expires=60', 'Expires=61')), /DoesNotMatch/],
  ])('%s is refused', async (_title, change, reason) => {
    const { authenticate, credentials, refusals } = await startWithAuthenticator();
    expect(await authenticate(change(await presignedUrl(credentials)))).toBeUndefined();
    expect(refusals).toEqual([expect.stringMatching(reason)]);
  });

  it.each([STS_THROTTLING, { kind: 'drop' }, { kind: 'garbage', body: '<html>' }] as const)(
    'is nobody while STS answers with $kind',
    async (fault) => {
      const { authenticate, credentials, sts } = await startWithAuthenticator();
      sts.faults.add({ effect: fault });
      const token = toToken(await presignedUrl(credentials));
      expect(await authenticate(token)).toBeUndefined();
      expect(await authenticate(token)).toBeDefined();
    },
  );
});
