import { createHash, timingSafeEqual } from 'node:crypto';
import { Sha256 } from '@aws-crypto/sha256-js';
import { SignatureV4 } from '@smithy/signature-v4';
import type { Iam } from '../iam/iam.ts';
import type { Session } from '../iam/session.ts';
import { parseAmzDate, toAmzDate } from './amz-date.ts';
import { readSignatureClaim, type SignatureClaim, type SignedRequest } from './signature-claim.ts';

/** Why a signature was rejected. Each AWS protocol has its own error codes for these. */
export type SignatureFailure =
  | { readonly kind: 'missing' }
  | { readonly kind: 'unknown-key' }
  | { readonly kind: 'expired-token' }
  | { readonly kind: 'mismatch' }
  | { readonly kind: 'scope'; readonly message: string }
  | { readonly kind: 'time'; readonly message: string };

/** The session that signed a request, or why the signature was rejected. */
type SignatureCheck =
  | { readonly ok: true; readonly session: Session }
  | { readonly ok: false; readonly failure: SignatureFailure };

/** What a request must be signed for. */
export interface SigningScope {
  readonly service: string;
  readonly region: string;
}

interface VerificationContext extends SigningScope {
  readonly iam: Pick<Iam, 'findSession'>;
  readonly now: Date;
}

/**
 * Maximum age of a signature, and how far it may be in the future; seconds. STS documents 15 minutes; the 5 minutes are
 * the stricter of what AWS services report.
 */
const MAX_AGE_SECONDS = 900;
const MAX_FUTURE_SECONDS = 300;

/** Verifies a request's signature of version 4, in the `Authorization` header or in the query (presigned). */
export async function verifySignature(
  request: SignedRequest,
  context: VerificationContext,
): Promise<SignatureCheck> {
  const claim = readSignatureClaim(request);
  if (!claim) return { ok: false, failure: { kind: 'missing' } };
  const session = context.iam.findSession(claim.accessKeyId);
  if (!session || session.credentials.sessionToken !== claim.sessionToken) {
    return { ok: false, failure: { kind: 'unknown-key' } };
  }
  const failure = scopeFailure(claim, context) ?? timeFailure(claim, context.now);
  if (failure) return { ok: false, failure };
  if (!(await signatureMatches(request, claim, session, context))) {
    return { ok: false, failure: { kind: 'mismatch' } };
  }
  const expired = session.credentials.expiration <= context.now;
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
  if (ageSeconds > MAX_AGE_SECONDS) {
    return fail(
      `Signature expired: ${amzDate} is now earlier than ${toAmzDate(secondsAfter(now, -MAX_AGE_SECONDS))} (${toAmzDate(now)} - 15 min.)`,
    );
  }
  if (ageSeconds < -MAX_FUTURE_SECONDS) {
    return fail(
      `Signature not yet current: ${amzDate} is still later than ${toAmzDate(secondsAfter(now, MAX_FUTURE_SECONDS))} (${toAmzDate(now)} + 5 min.)`,
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
  const signer = signerOf(session, service, region);
  const expected = claim.presigned
    ? await presignatureOf(signer, request, claim)
    : await signatureOf(signer, request, claim);
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

async function signatureOf(
  signer: SignatureV4,
  request: SignedRequest,
  claim: SignatureClaim,
): Promise<string> {
  const signed = await signer.sign(
    { ...coveredBy(claim, request), body: request.body },
    {
      signingDate: parseAmzDate(claim.amzDate) ?? new Date(0),
      signableHeaders: new Set(claim.signedHeaders),
    },
  );
  return /Signature=(\w+)$/.exec(signed.headers['authorization'] ?? '')?.[1] ?? '';
}

async function presignatureOf(
  signer: SignatureV4,
  request: SignedRequest,
  claim: SignatureClaim,
): Promise<string> {
  const signed = await signer.presign(coveredBy(claim, request), {
    signingDate: parseAmzDate(claim.amzDate) ?? new Date(0),
    expiresIn: Number(request.query.get('X-Amz-Expires')),
    signableHeaders: new Set(claim.signedHeaders),
  });
  return String(signed.query?.['X-Amz-Signature'] ?? '');
}

// Only signed headers take part in the computation; other headers of the request have no effect.
function coveredBy(claim: SignatureClaim, request: SignedRequest) {
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
