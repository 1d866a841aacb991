import { parseAmzDate } from '../http/amz-date.ts';

/** The presigned STS request that an EKS token contains, validated but not sent. */
export interface EksTokenRequest {
  /** Host of the STS that the token was signed for. */
  readonly host: string;
  /** Path and query. */
  readonly path: string;
}

/** A token that EKS rejects without calling STS. The message never contains the token. */
class EksTokenError extends Error {
  override readonly name = 'EksTokenError';
}

const PREFIX = 'k8s-aws-v1.';
const MAX_BYTES = 4_096;
/** A signed header, so that a token for one cluster is not valid for another. */
export const CLUSTER_ID_HEADER = 'x-k8s-aws-id';
/** Lifetime of a token from its `X-Amz-Date`, whatever its `X-Amz-Expires`; seconds. */
const LIFETIME_SECONDS = 900;

const ALLOWED_PARAMETERS: ReadonlySet<string> = new Set([
  'action',
  'version',
  'x-amz-algorithm',
  'x-amz-credential',
  'x-amz-date',
  'x-amz-expires',
  'x-amz-security-token',
  'x-amz-signature',
  'x-amz-signedheaders',
]);

/** The STS hosts of each partition: regional, FIPS and dual-stack, and the global host of `aws`. */
const STS_HOSTS: Readonly<Partial<Record<string, RegExp>>> = {
  aws: /^sts\.(amazonaws\.com|[a-z]{2,}(-[a-z]+)+-\d\.(amazonaws\.com|api\.aws))$|^sts-fips\.[a-z]{2,}(-[a-z]+)+-\d\.amazonaws\.com$/,
  'aws-us-gov': /^sts(-fips)?\.us-gov-[a-z]+-\d\.(amazonaws\.com|api\.aws)$/,
  'aws-cn': /^sts\.cn-[a-z]+-\d\.(amazonaws\.com\.cn|api\.amazonwebservices\.com\.cn)$/,
};

/** Decodes and validates a token as aws-iam-authenticator does on EKS. @throws EksTokenError */
export function readEksToken(token: string, partition: string, now: Date): EksTokenRequest {
  if (Buffer.byteLength(token) > MAX_BYTES) {
    throw new EksTokenError(
      `token has ${Buffer.byteLength(token)} bytes, more than the limit of ${MAX_BYTES}`,
    );
  }
  if (!token.startsWith(PREFIX)) throw new EksTokenError(`token does not start with ${PREFIX}`);
  const url = decodeUrl(token.slice(PREFIX.length));
  checkDestination(url, partition);
  checkParameters(inLowerCase(url.searchParams), now);
  return { host: url.host, path: `${url.pathname}${url.search}` };
}

function decodeUrl(encoded: string): URL {
  if (!/^[\w-]+$/.test(encoded)) {
    throw new EksTokenError('token is not encoded in base64url without padding');
  }
  const text = Buffer.from(encoded, 'base64url').toString();
  if (!URL.canParse(text)) throw new EksTokenError('token does not contain a URL');
  return new URL(text);
}

function checkDestination(url: URL, partition: string): void {
  if (url.protocol !== 'https:')
    throw new EksTokenError(`scheme of the URL is ${url.protocol}, not https:`);
  if (!STS_HOSTS[partition]?.test(url.host)) {
    throw new EksTokenError(`${url.host} is not an STS host in partition ${partition}`);
  }
  if (url.pathname !== '/') throw new EksTokenError(`path of the URL is ${url.pathname}, not /`);
}

function inLowerCase(parameters: URLSearchParams): ReadonlyMap<string, string> {
  const lower = new Map<string, string>();
  for (const [name, value] of parameters) {
    const key = name.toLowerCase();
    if (!ALLOWED_PARAMETERS.has(key))
      throw new EksTokenError(`query parameter ${name} is not allowed`);
    if (lower.has(key)) throw new EksTokenError(`query parameter ${name} occurs twice`);
    lower.set(key, value);
  }
  return lower;
}

function checkParameters(parameters: ReadonlyMap<string, string>, now: Date): void {
  const action = parameters.get('action');
  if (action !== 'GetCallerIdentity')
    throw new EksTokenError(`Action is ${action}, not GetCallerIdentity`);
  const signedHeaders = parameters.get('x-amz-signedheaders')?.split(';') ?? [];
  if (!signedHeaders.includes(CLUSTER_ID_HEADER)) {
    throw new EksTokenError(`header ${CLUSTER_ID_HEADER} is not signed`);
  }
  const expires = parameters.get('x-amz-expires') ?? '';
  if (!/^\d+$/.test(expires) || Number(expires) > 900) {
    throw new EksTokenError(`X-Amz-Expires is '${expires}', not a number from 0 to 900`);
  }
  const signedAt = parseAmzDate(parameters.get('x-amz-date') ?? '');
  if (!signedAt) throw new EksTokenError('X-Amz-Date is missing or malformed');
  if (now.getTime() > signedAt.getTime() + LIFETIME_SECONDS * 1_000) {
    throw new EksTokenError(`token has expired: it was signed at ${signedAt.toISOString()}`);
  }
}
