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

/** Domains of STS in each partition that aws-iam-authenticator knows: the usual one, and that of dual-stack hosts. */
const STS_DOMAINS: ReadonlyMap<string, readonly string[]> = new Map([
  ['aws', ['amazonaws.com', 'api.aws']],
  ['aws-us-gov', ['amazonaws.com', 'api.aws']],
  ['aws-cn', ['amazonaws.com.cn', 'api.amazonwebservices.com.cn']],
  ['aws-eusc', ['amazonaws.eu', 'api.amazonwebservices.eu']],
  ['aws-iso', ['c2s.ic.gov']],
  ['aws-iso-b', ['sc2s.sgov.gov']],
  ['aws-iso-e', ['cloud.adc-e.uk']],
  ['aws-iso-f', ['csp.hci.ic.gov']],
]);

/** First words of the Regions of each partition; all other Regions are in `aws`. */
const REGION_PREFIXES = [
  ['cn-', 'aws-cn'],
  ['us-gov-', 'aws-us-gov'],
  ['eusc-', 'aws-eusc'],
  ['us-iso-', 'aws-iso'],
  ['us-isob-', 'aws-iso-b'],
  ['eu-isoe-', 'aws-iso-e'],
  ['us-isof-', 'aws-iso-f'],
] as const;

/** Decodes and validates a token as aws-iam-authenticator does on EKS. @throws EksTokenError */
export function readEksToken(token: string, partition: string, now: Date): EksTokenRequest {
  if (Buffer.byteLength(token) > MAX_BYTES) {
    throw new EksTokenError(
      `token has ${Buffer.byteLength(token)} bytes, more than the limit of ${MAX_BYTES}`,
    );
  }
  if (!token.startsWith(PREFIX)) throw new EksTokenError(`token does not start with ${PREFIX}`);
  const { host, path, query } = decodeUrl(token.slice(PREFIX.length));
  if (!isStsHost(host, partition)) {
    throw new EksTokenError(`${host} is not an STS host in partition ${partition}`);
  }
  if (path !== '/') throw new EksTokenError(`path of the URL is ${path}, not /`);
  checkParameters(inLowerCase(query), now);
  return { host, path: `${path}?${query}` };
}

/** The parts of the URL in a token, as they are written: `URL` would change hosts and paths into valid ones. */
function decodeUrl(encoded: string) {
  if (!/^[\w-]+$/.test(encoded) || encoded.length % 4 === 1) {
    throw new EksTokenError('token is not encoded in base64url without padding');
  }
  const text = Buffer.from(encoded, 'base64url').toString();
  // biome-ignore lint/suspicious/noControlCharactersInRegex: a URL contains none, except in its fragment
  if (/^[^#]*[\0-\x1f\x7f]|%(?![\da-f]{2})/i.test(text)) {
    throw new EksTokenError('token contains a malformed URL');
  }
  const url =
    /^(?<scheme>[a-z]+):\/\/(?:[^/?#]*@)?(?<host>[^/?#]*)(?<path>[^?#]*)(?:\?(?<query>[^#]*))?(?:#.*)?$/is.exec(
      text,
    )?.groups;
  if (!url) throw new EksTokenError('token does not contain a URL');
  const { scheme = '', host = '', path = '', query = '' } = url;
  if (scheme.toLowerCase() !== 'https') {
    throw new EksTokenError(`scheme of the URL is ${scheme}:, not https:`);
  }
  return { host, path, query };
}

/** Whether the SDK of AWS has this host for STS in a Region, and its domain is one of the partition's. */
function isStsHost(host: string, partition: string): boolean {
  if (host === 'sts.amazonaws.com') return partition === 'aws';
  const [, service, region = '', domain = ''] =
    /^(sts|sts-fips)\.([a-z\d](?:[a-z\d-]*[a-z\d])?)\.(.+)$/.exec(host) ?? [];
  const home = REGION_PREFIXES.find(([prefix]) => region.startsWith(prefix))?.[1] ?? 'aws';
  // In GovCloud, the usual hosts are the FIPS hosts.
  if (service === 'sts-fips' && home === 'aws-us-gov' && domain === 'amazonaws.com') return false;
  return [home, partition].every((name) => STS_DOMAINS.get(name)?.includes(domain));
}

function inLowerCase(query: string): ReadonlyMap<string, string> {
  if (query.includes(';')) throw new EksTokenError('query of the URL is malformed');
  const lower = new Map<string, string>();
  for (const [name, value] of new URLSearchParams(query)) {
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
  const signedHeaders = parameters.get('x-amz-signedheaders')?.toLowerCase().split(';') ?? [];
  if (!signedHeaders.includes(CLUSTER_ID_HEADER)) {
    throw new EksTokenError(`header ${CLUSTER_ID_HEADER} is not signed`);
  }
  const expires = parameters.get('x-amz-expires') ?? '';
  if (!/^[+-]?\d+$/.test(expires) || Number(expires) < 0 || Number(expires) > 900) {
    throw new EksTokenError(`X-Amz-Expires is '${expires}', not a number from 0 to 900`);
  }
  const signedAt = parseAmzDate(parameters.get('x-amz-date') ?? '');
  if (!signedAt) throw new EksTokenError('X-Amz-Date is missing or malformed');
  if (now.getTime() > signedAt.getTime() + LIFETIME_SECONDS * 1_000) {
    throw new EksTokenError(`token has expired: it was signed at ${signedAt.toISOString()}`);
  }
}
