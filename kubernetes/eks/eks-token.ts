import { Sha256 } from '@aws-crypto/sha256-js';
import { SignatureV4 } from '@smithy/signature-v4';
import { type Remembered, remember } from '../connection/cached-value.ts';
import { ClusterSetupError } from '../errors.ts';

/** The credentials that a token is signed with; what an AWS SDK client's `config.credentials()` gives. */
export interface SigningCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
  readonly expiration?: Date;
}

/** A bearer token for the cluster's API. */
export interface BearerToken {
  readonly value: string;
  /** From when a new one is made. */
  readonly staleAt: Date;
}

export interface EksTokenDeps {
  readonly clusterName: string;
  readonly region: string;
  /** From {@link regionalStsHost}. */
  readonly stsHost: string;
  credentials(): Promise<SigningCredentials>;
  now(): Date;
}

/** EKS refuses longer tokens (aws-iam-authenticator, `maxTokenLenBytes`). */
const MAX_TOKEN_BYTES = 4_096;

/** A token is good for 15 minutes from its signature; clients give out 14 of them, and one minute more is for a run's own length. */
const USED_FOR_MILLISECONDS = 13 * 60_000;

/** What official clients sign. It does not shorten the token's life: EKS counts from the signature. */
const EXPIRES_IN_SECONDS = 60;

/**
 * The token that EKS knows a role by: a presigned `GetCallerIdentity` request, bound to the cluster by a signed header,
 * which EKS sends to STS to learn who signed it. Kept while it is good and its credentials are.
 *
 * `get` throws a ClusterSetupError when the token is too long for EKS.
 */
export function eksToken(deps: EksTokenDeps): Remembered<BearerToken> {
  return remember(
    () => signToken(deps),
    ({ staleAt }) => deps.now() >= staleAt,
  );
}

async function signToken(deps: EksTokenDeps): Promise<BearerToken> {
  const credentials = await deps.credentials();
  const signedAt = deps.now();
  const value = `k8s-aws-v1.${Buffer.from(await presign(deps, credentials, signedAt)).toString('base64url')}`;
  if (value.length > MAX_TOKEN_BYTES) {
    throw new ClusterSetupError(tooLong(value.length, credentials, deps.clusterName));
  }
  const usedUntil = signedAt.getTime() + USED_FOR_MILLISECONDS;
  const endsAt = credentials.expiration?.getTime() ?? usedUntil;
  return { value, staleAt: new Date(Math.min(usedUntil, endsAt)) };
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
      // EKS refuses a token with any parameter beyond these two and those of the signature.
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

function tooLong(bytes: number, { sessionToken = '' }: SigningCredentials, cluster: string) {
  return [
    `The token for EKS cluster "${cluster}" has ${bytes} bytes, and EKS takes at most ${MAX_TOKEN_BYTES}.`,
    `Most of it is the session token of the function's own credentials (${sessionToken.length} characters), which grows with session tags and session policies.`,
    'Run the refresher with credentials that carry fewer of them: the execution role as Lambda hands it out carries none.',
  ].join(' ');
}
