import { Sha256 } from '@aws-crypto/sha256-js';
import { SignatureV4 } from '@smithy/signature-v4';
import { type CachedValue, cacheUntilStale } from '../cached-value.ts';
import type { BearerToken } from '../connection/cluster-credentials.ts';
import { ClusterSetupError } from '../errors.ts';

/** The credentials that sign a token, as `config.credentials()` of an AWS SDK client returns them. */
interface SigningCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
  readonly expiration?: Date;
}

export interface EksTokenDeps {
  /** The ID of the cluster in the token: on EKS its name. */
  readonly clusterName: string;
  /** Who verifies the token, for errors. @default EKS */
  readonly verifier?: 'EKS' | 'aws-iam-authenticator';
  readonly region: string;
  /** From {@link regionalStsHost}. */
  readonly stsHost: string;
  credentials(): Promise<SigningCredentials>;
  now(): Date;
}

/** EKS rejects longer tokens (aws-iam-authenticator, `maxTokenLenBytes`). */
const MAX_TOKEN_BYTES = 4_096;

/** A token is valid for 15 minutes after its signature; clients use it for 14, less one minute for the pass itself. */
const USABLE_FOR_MS = 13 * 60_000;

/** The value that official clients sign. It does not limit the token's validity: EKS counts from the signature. */
const EXPIRES_IN_SECONDS = 60;

/**
 * Creates the token that authenticates a role to EKS: a presigned `GetCallerIdentity` request, bound to the cluster by
 * a signed header. EKS sends it to STS to learn who signed it. The token is cached until it, or the credentials that
 * signed it, expire.
 *
 * `get` throws a ClusterSetupError when the token is too long for EKS.
 */
export function eksToken(deps: EksTokenDeps): CachedValue<BearerToken> {
  return cacheUntilStale(() => signToken(deps), deps.now);
}

async function signToken(deps: EksTokenDeps): Promise<BearerToken> {
  const credentials = await deps.credentials();
  const signedAt = deps.now();
  const value = `k8s-aws-v1.${Buffer.from(await presign(deps, credentials, signedAt)).toString('base64url')}`;
  if (value.length > MAX_TOKEN_BYTES) {
    throw new ClusterSetupError(tokenTooLong(value.length, credentials, deps));
  }
  const usableUntil = signedAt.getTime() + USABLE_FOR_MS;
  const expiresAt = credentials.expiration?.getTime() ?? usableUntil;
  return { value, staleAt: new Date(Math.min(usableUntil, expiresAt)) };
}

async function presign(
  { clusterName, region, stsHost }: EksTokenDeps,
  credentials: SigningCredentials,
  signingDate: Date,
): Promise<string> {
  const signer = new SignatureV4({ service: 'sts', region, credentials, sha256: Sha256 });
  const { query } = await signer.presign(
    {
      method: 'GET',
      protocol: 'https:',
      hostname: stsHost,
      path: '/',
      // EKS rejects a token with any parameter other than these two and those of the signature.
      query: { Action: 'GetCallerIdentity', Version: '2011-06-15' },
      headers: { host: stsHost, 'x-k8s-aws-id': clusterName },
    },
    { expiresIn: EXPIRES_IN_SECONDS, signingDate },
  );
  const parameters = Object.entries(query ?? {}).map(
    ([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(String(value))}`,
  );
  return `https://${stsHost}/?${parameters.join('&')}`;
}

function tokenTooLong(
  bytes: number,
  { sessionToken = '' }: SigningCredentials,
  { clusterName, verifier = 'EKS' }: EksTokenDeps,
) {
  const cluster = verifier === 'EKS' ? 'EKS cluster' : 'cluster';
  return [
    `The token for ${cluster} "${clusterName}" has ${bytes} bytes, but ${verifier} accepts at most ${MAX_TOKEN_BYTES}.`,
    `Most of it is the session token of the function's own credentials (${sessionToken.length} characters), which grows with session tags and session policies.`,
    'Use credentials with fewer of them: those of a Lambda execution role have none.',
  ].join(' ');
}

/** The part of `STSClient` that is used: the endpoint rules that AWS ships with it. */
interface StsEndpointRules {
  readonly config: {
    endpointProvider(parameters: { readonly Region: string }): { readonly url: URL };
  };
}

/**
 * Returns the host of STS in a region, e.g. `sts.cn-north-1.amazonaws.com.cn`. EKS accepts only tokens for the
 * regional STS endpoint of its own partition, and sends the request itself, so `AWS_ENDPOINT_URL_STS` has no effect
 * here.
 */
export function regionalStsHost(sts: StsEndpointRules, region: string): string {
  return sts.config.endpointProvider({ Region: region }).url.host;
}
