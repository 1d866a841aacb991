import { describe, expect, it } from 'vitest';
import { readEksToken } from '../../../../../local/aws/eks/eks-token.ts';

// test/outside/token-verifier.test.ts compares these rules with aws-iam-authenticator.

const NOW = new Date('2026-03-01T12:00:00Z');
const QUERY = [
  'Action=GetCallerIdentity',
  'Version=2011-06-15',
  'X-Amz-Date=20260301T115900Z',
  'X-Amz-Expires=60',
  'X-Amz-SignedHeaders=host%3Bx-k8s-aws-id',
].join('&');
const URL_IN_TOKEN = `https://sts.eu-central-1.amazonaws.com/?${QUERY}`;

const tokenOf = (url: string) => `k8s-aws-v1.${Buffer.from(url).toString('base64url')}`;
const accepts = (url: string, partition = 'aws') => {
  try {
    readEksToken(tokenOf(url), partition, NOW);
    return true;
  } catch {
    return false;
  }
};

describe('the embedded EKS', () => {
  it.each([
    ['aws', 'sts.eu-central-1.amazonaws.com', true],
    ['aws', 'sts.amazonaws.com', true],
    ['aws', 'sts-fips.us-east-1.amazonaws.com', true],
    ['aws', 'sts-fips.us-east-1.api.aws', true],
    ['aws', 'sts.cn-north-1.amazonaws.com.cn', false],
    ['aws', 'sts.cn-north-1.amazonaws.com', false],
    ['aws', 'sts.eu-central-1.amazonaws.com.example.com', false],
    ['aws', 'STS.eu-central-1.amazonaws.com', false],
    ['aws', 'sts.eu-central-1.amazonaws.com:443', false],
    ['aws-cn', 'sts.cn-north-1.amazonaws.com.cn', true],
    ['aws-cn', 'sts.cn-north-1.api.amazonwebservices.com.cn', true],
    ['aws-cn', 'sts.amazonaws.com', false],
    ['aws-us-gov', 'sts.us-gov-west-1.amazonaws.com', true],
    ['aws-us-gov', 'sts-fips.us-gov-west-1.amazonaws.com', false],
    ['aws-us-gov', 'sts-fips.us-gov-west-1.api.aws', true],
    ['aws-eusc', 'sts.eusc-de-east-1.amazonaws.eu', true],
    ['aws-iso', 'sts.us-iso-east-1.c2s.ic.gov', true],
    ['aws-iso-b', 'sts.us-isob-east-1.sc2s.sgov.gov', true],
    ['aws-iso-e', 'sts.eu-isoe-west-1.cloud.adc-e.uk', true],
    ['aws-iso-f', 'sts.us-isof-south-1.csp.hci.ic.gov', true],
    ['aws-unknown', 'sts.eu-central-1.amazonaws.com', false],
  ])('in partition %s accepts tokens for %s: %s', (partition, host, expected) => {
    expect(accepts(`https://${host}/?${QUERY}`, partition)).toBe(expected);
  });

  it.each<[string, (url: string) => string]>([
    ['as the product writes it', (url) => url],
    ['with its scheme in upper case', (url) => url.replace('https', 'HTTPS')],
    ['with a signed header in upper case', (url) => url.replace('x-k8s', 'X-K8S')],
    ['with a plus sign before the validity', (url) => url.replace('Expires=60', 'Expires=%2B60')],
  ])('accepts a token with a URL %s', (_title, change) => {
    expect(accepts(change(URL_IN_TOKEN))).toBe(true);
  });

  it.each<[string, (url: string) => string]>([
    ['with a negative validity', (url) => url.replace('Expires=60', 'Expires=-1')],
    ['with a dot as path', (url) => url.replace('/?', '/.?')],
    ['with an encoded dot as path', (url) => url.replace('/?', '/%2e?')],
    ['signed on 30 February', (url) => url.replace('20260301', '20260230')],
    ['with an incomplete escape', (url) => url.replace('2011-06-15', '%2')],
    ['with a semicolon in the query', (url) => url.replace('2011-06-15', 'a;b')],
    ['with a control character', (url) => `${url}\0`],
  ])('rejects a token with a URL %s', (_title, change) => {
    expect(accepts(change(URL_IN_TOKEN))).toBe(false);
  });

  it('rejects base64 of an impossible length', () => {
    const token = tokenOf(`${URL_IN_TOKEN}${'&'.repeat(3 - (URL_IN_TOKEN.length % 3))}`);
    expect(() => readEksToken(token, 'aws', NOW)).not.toThrow();
    expect(() => readEksToken(`${token}A`, 'aws', NOW)).toThrow('not encoded in base64url');
  });
});
