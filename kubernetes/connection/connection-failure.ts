/**
 * What a failed exchange says about the way to the cluster, and so what may help:
 * - `broken`: the connection broke, as those do that were idle while the function was frozen. Another one, at once.
 * - `astray`: nobody there, or somebody else. The address may have changed: look it up again.
 * - `slow`: the server took the request and did not answer in time. Once more, perhaps.
 */
export type ConnectionFailure = 'broken' | 'astray' | 'slow';

const BROKEN = new Set([
  'ECONNRESET',
  'EPIPE',
  'ECONNABORTED',
  'UND_ERR_SOCKET',
  'UND_ERR_CLOSED',
  'UND_ERR_DESTROYED',
  'UND_ERR_RES_CONTENT_LENGTH_MISMATCH',
]);

const SLOW = new Set(['UND_ERR_HEADERS_TIMEOUT', 'UND_ERR_BODY_TIMEOUT']);

const ASTRAY = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'EHOSTDOWN',
  'ETIMEDOUT',
  'EPROTO',
  'UND_ERR_CONNECT_TIMEOUT',
]);

/** What Node and OpenSSL call their findings on a certificate; their lists are open-ended. */
const CERTIFICATE = /CERT|ISSUER|SIGNATURE|SELF_SIGNED|ERR_TLS/;

/** What OpenSSL calls a server that does not speak TLS. */
const NOT_TLS = /^ERR_SSL/;

/** Tells what an error of an exchange means; `undefined` for one that says nothing about the connection. */
export function connectionFailureOf(error: unknown): ConnectionFailure | undefined {
  const codes = codesOf(error);
  const some = (test: (code: string) => boolean) => codes.some(test);
  if (some((code) => BROKEN.has(code) || code.startsWith('HPE_'))) return 'broken';
  if (some((code) => SLOW.has(code))) return 'slow';
  if (some((code) => ASTRAY.has(code) || CERTIFICATE.test(code) || NOT_TLS.test(code)))
    return 'astray';
  return undefined;
}

/** Whether the server that answered has a certificate that the cluster's authority does not vouch for. */
export function isCertificateFailure(error: unknown): boolean {
  return codesOf(error).some((code) => CERTIFICATE.test(code));
}

/** The codes of an error, of the errors that it holds (a host with several addresses), and of its causes. */
function codesOf(error: unknown, depth = 0): string[] {
  if (!(error instanceof Error) || depth > 3) return [];
  const own = 'code' in error && typeof error.code === 'string' ? [error.code] : [];
  const inner = error instanceof AggregateError ? error.errors : [];
  return [...own, ...[...inner, error.cause].flatMap((e) => codesOf(e, depth + 1))];
}
