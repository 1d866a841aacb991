import { STSClient } from '@aws-sdk/client-sts';
import { describe, expect, it, vi } from 'vitest';
import {
  type EksTokenDeps,
  eksToken,
  regionalStsHost,
} from '../../../../kubernetes/eks/eks-token.ts';

const NOW = new Date('2026-11-23T12:00:00Z');
const MINUTE = 60_000;

function tokenOf(overrides: Partial<EksTokenDeps> & { readonly sessionToken?: string } = {}) {
  const { sessionToken = 'a-session-token+/==', ...deps } = overrides;
  return eksToken({
    clusterName: 'blue',
    region: 'eu-central-1',
    stsHost: 'sts.eu-central-1.amazonaws.com',
    credentials: async () => ({
      accessKeyId: 'ASIAEXAMPLE',
      secretAccessKey: 'example-secret',
      sessionToken,
    }),
    now: () => NOW,
    ...deps,
  });
}

function urlIn(token: string): URL {
  return new URL(Buffer.from(token.slice('k8s-aws-v1.'.length), 'base64url').toString());
}

describe('an EKS token', () => {
  it('is a prefix and base64url without padding', async () => {
    const { value } = await tokenOf().get();
    expect(value).toMatch(/^k8s-aws-v1\.[A-Za-z0-9_-]+$/);
  });

  it('contains a presigned GetCallerIdentity with the parameters that EKS accepts and no others', async () => {
    const url = urlIn((await tokenOf().get()).value);
    expect(`${url.origin}${url.pathname}`).toBe('https://sts.eu-central-1.amazonaws.com/');
    expect(Object.fromEntries(url.searchParams)).toEqual({
      Action: 'GetCallerIdentity',
      Version: '2011-06-15',
      'X-Amz-Algorithm': 'AWS4-HMAC-SHA256',
      'X-Amz-Credential': 'ASIAEXAMPLE/20261123/eu-central-1/sts/aws4_request',
      'X-Amz-Date': '20261123T120000Z',
      'X-Amz-Expires': '60',
      'X-Amz-Security-Token': 'a-session-token+/==',
      'X-Amz-SignedHeaders': 'host;x-k8s-aws-id',
      'X-Amz-Signature': expect.stringMatching(/^[0-9a-f]{64}$/),
    });
  });

  it('is bound to the cluster by its signature', async () => {
    const signature = async (clusterName: string) =>
      urlIn((await tokenOf({ clusterName }).get()).value).searchParams.get('X-Amz-Signature');
    expect(await signature('blue')).not.toBe(await signature('green'));
  });

  it.each([
    [12, undefined, true],
    [13, undefined, false],
    [13, 60, false],
    [4, 5, true],
    [5, 5, false],
  ])(
    'signed %i minutes ago with credentials that expire after %s minutes is reused: %s',
    async (age, lifetime, isReused) => {
      let now = NOW;
      const token = tokenOf({
        now: () => now,
        credentials: async () => ({
          accessKeyId: 'ASIAEXAMPLE',
          secretAccessKey: 'example-secret',
          ...(lifetime === undefined
            ? {}
            : { expiration: new Date(NOW.getTime() + lifetime * MINUTE) }),
        }),
      });
      const first = await token.get();
      now = new Date(NOW.getTime() + age * MINUTE);
      expect((await token.get()) === first).toBe(isReused);
    },
  );

  it('has at most 4,096 bytes', async () => {
    const sizeWith = async (characters: number) =>
      (await tokenOf({ sessionToken: 'x'.repeat(characters) }).get()).value.length;
    let characters = 2_500;
    while ((await sizeWith(characters + 1).catch(() => Infinity)) <= 4_096) characters += 1;
    expect(await sizeWith(characters)).toBeLessThanOrEqual(4_096);
    await expect(sizeWith(characters + 1)).rejects.toMatchObject({
      name: 'ClusterSetupError',
      message: expect.stringMatching(
        new RegExp(
          `"blue" has 409\\d bytes.*at most 4096.*${characters + 1} characters.*session tags`,
        ),
      ),
    });
  });

  it('does not appear in the error about its length, nor do the credentials', async () => {
    const error = await tokenOf({ sessionToken: 'FwoGZXIvYXdzE'.repeat(300) })
      .get()
      .catch((e: unknown) => e);
    expect(String(error)).not.toMatch(/FwoG|ASIA|example-secret|k8s-aws-v1/);
  });
});

describe('the STS host of a token', () => {
  it.each([
    ['us-east-1', 'sts.us-east-1.amazonaws.com'],
    ['eu-central-1', 'sts.eu-central-1.amazonaws.com'],
    ['us-gov-west-1', 'sts.us-gov-west-1.amazonaws.com'],
    ['cn-north-1', 'sts.cn-north-1.amazonaws.com.cn'],
  ])('is the regional endpoint of the partition in %s', (region, host) => {
    expect(regionalStsHost(new STSClient({ region }), region)).toBe(host);
  });

  it('ignores AWS_ENDPOINT_URL_STS', async () => {
    vi.stubEnv('AWS_ENDPOINT_URL_STS', 'http://127.0.0.1:4566');
    const sts = new STSClient({ region: 'eu-central-1' });
    expect(regionalStsHost(sts, 'eu-central-1')).toBe('sts.eu-central-1.amazonaws.com');
  });
});
