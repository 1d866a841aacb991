import { createHash, timingSafeEqual } from 'node:crypto';
import { Sha256 } from '@aws-crypto/sha256-js';
import { SignatureV4 } from '@smithy/signature-v4';
import { parseAmzDate, toAmzDate } from './amz-date.ts';
import type { Iam, Session } from '../iam/iam.ts';
import { readSignatureClaim, type SignatureClaim, type SignedRequest } from './signature-claim.ts';

/** Why a signature was refused. Each AWS protocol has its own words for these. */
export type SignatureFailure =
  | { readonly kind: 'missing' }
  | { readonly kind: 'unknown-key' }
  | { readonly kind: 'expired-token' }
  | { readonly kind: 'mismatch' }
  | { readonly kind: 'scope'; readonly message: string }
  | { readonly kind: 'time'; readonly message: string };

/** Whose request it is, or why nobody's. */
export type SignatureCheck =
  | { readonly ok: true; readonly session: Session }
  | { readonly ok: false; readonly failure: SignatureFailure };

/** What a signature must have been made for. */
export interface SigningScope {
  readonly iam: Pick<Iam, 'findSession'>;
  readonly service: string;
  readonly region: string;
  readonly now: Date;
}

/** How old a signature may be, and how far ahead, in seconds. STS names 15 minutes; the 5 ahead is the stricter of what AWS services report. */
const OLDEST_SECONDS = 900;
const NEWEST_SECONDS = 300;

/** Checks who signed `request`, by its Authorization header or its query, and when and for what. */
export async function verifySignature(
  request: SignedRequest,
  scope: SigningScope,
): Promise<SignatureCheck> {
  const claim = readSignatureClaim(request);
  if (!claim) return { ok: false, failure: { kind: 'missing' } };
  const session = scope.iam.findSession(claim.accessKeyId);
  if (!session || session.credentials.sessionToken !== claim.sessionToken) {
    return { ok: false, failure: { kind: 'unknown-key' } };
  }
  const failure = scopeFailure(claim, scope) ?? timeFailure(claim, scope.now);
  if (failure) return { ok: false, failure };
  if (!(await signatureMatches(request, claim, session, scope))) {
    return { ok: false, failure: { kind: 'mismatch' } };
  }
  const expired = session.credentials.expiration <= scope.now;
  return expired ? { ok: false, failure: { kind: 'expired-token' } } : { ok: true, session };
}

function scopeFailure(
  claim: SignatureClaim,
  { service, region }: SigningScope,
): SignatureFailure | undefined {
  const [date, claimedRegion, claimedService, terminator] = claim.scope;
  const fail = (message: string): SignatureFailure => ({ kind: 'scope', message });
  if (claimedRegion !== region) return fail('Credential should be scoped to a valid region.');
  if (claimedService !== service) {
    return fail(`Credential should be scoped to correct service: '${service}'.`);
  }
  if (!claim.signedHeaders.includes('host')) {
    return fail("'Host' must be a 'SignedHeader' in the AWS Authorization.");
  }
  if (terminator !== 'aws4_request' || date !== claim.amzDate.slice(0, 8)) {
    return fail(
      'Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP',
    );
  }
  return undefined;
}

function timeFailure({ amzDate }: SignatureClaim, now: Date): SignatureFailure | undefined {
  const signedAt = parseAmzDate(amzDate);
  const fail = (message: string): SignatureFailure => ({ kind: 'time', message });
  if (!signedAt) return fail(`Date must be in ISO-8601 'basic format'. Got '${amzDate}'.`);
  const ageSeconds = (now.getTime() - signedAt.getTime()) / 1_000;
  if (ageSeconds > OLDEST_SECONDS) {
    return fail(
      `Signature expired: ${amzDate} is now earlier than ${toAmzDate(secondsAfter(now, -OLDEST_SECONDS))} (${toAmzDate(now)} - 15 min.)`,
    );
  }
  if (ageSeconds < -NEWEST_SECONDS) {
    return fail(
      `Signature not yet current: ${amzDate} is still later than ${toAmzDate(secondsAfter(now, NEWEST_SECONDS))} (${toAmzDate(now)} + 5 min.)`,
    );
  }
  return undefined;
}

function secondsAfter(now: Date, seconds: number): Date {
  return new Date(now.getTime() + seconds * 1_000);
}

async function signatureMatches(
  request: SignedRequest,
  claim: SignatureClaim,
  session: Session,
  { service, region }: SigningScope,
): Promise<boolean> {
  const expected = claim.presigned
    ? await presignAgain(request, claim, session, service, region)
    : await signAgain(request, claim, session, service, region);
  return (
    expected.length === claim.signature.length &&
    timingSafeEqual(Buffer.from(expected), Buffer.from(claim.signature)) &&
    bodyHashMatches(request)
  );
}

function signerOf(session: Session, service: string, region: string): SignatureV4 {
  const { accessKeyId, secretAccessKey, sessionToken } = session.credentials;
  return new SignatureV4({
    applyChecksum: false,
    credentials: { accessKeyId, secretAccessKey, sessionToken },
    region,
    service,
    sha256: Sha256,
  });
}

async function signAgain(
  request: SignedRequest,
  claim: SignatureClaim,
  session: Session,
  service: string,
  region: string,
): Promise<string> {
  const signed = await signerOf(session, service, region).sign(
    { ...toSmithyRequest(request, claim), body: request.body },
    {
      signingDate: parseAmzDate(claim.amzDate) ?? new Date(0),
      signableHeaders: new Set(claim.signedHeaders),
    },
  );
  return /Signature=(\w+)$/.exec(signed.headers['authorization'] ?? '')?.[1] ?? '';
}

async function presignAgain(
  request: SignedRequest,
  claim: SignatureClaim,
  session: Session,
  service: string,
  region: string,
): Promise<string> {
  const signed = await signerOf(session, service, region).presign(toSmithyRequest(request, claim), {
    signingDate: parseAmzDate(claim.amzDate) ?? new Date(0),
    expiresIn: Number(request.query.get('X-Amz-Expires')),
    signableHeaders: new Set(claim.signedHeaders),
  });
  return String(signed.query?.['X-Amz-Signature'] ?? '');
}

// Only what the signature covers goes into the second computation, so anything else that arrives changes nothing.
function toSmithyRequest(request: SignedRequest, claim: SignatureClaim) {
  const query: Record<string, string[]> = {};
  for (const [name, value] of request.query) query[name] = [...(query[name] ?? []), value];
  const headers = Object.fromEntries(
    claim.signedHeaders.map((name) => [name, request.headers[name] ?? '']),
  );
  return {
    method: request.method,
    protocol: 'https:',
    hostname: request.headers['host'] ?? '',
    path: request.path,
    query,
    headers,
  };
}

function bodyHashMatches({ headers, body }: SignedRequest): boolean {
  const claimed = headers['x-amz-content-sha256'];
  return claimed === undefined || claimed === createHash('sha256').update(body).digest('hex');
}
