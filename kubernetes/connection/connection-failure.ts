/**
 * How a connection failed, and so what may help:
 * - `broken`: it broke, as idle connections do while a function is frozen. Use a new one at once.
 * - `unreachable`: nothing answers at the address, or something other than the cluster. Look the address up again.
 * - `slow`: the server accepted the request and did not answer in time. Retry once.
 */
export type ConnectionFailure = 'broken' | 'unreachable' | 'slow';

/** What a failure means for the server, as the predicate of a sentence. */
export const FAILURE_TEXT: Readonly<Record<ConnectionFailure, string>> = {
  unreachable: 'cannot be reached',
  broken: 'closes every connection',
  slow: 'does not answer in time',
};

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

const UNREACHABLE = new Set([
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

/** Codes of Node and OpenSSL for an invalid certificate; their lists are open-ended. */
const CERTIFICATE = /CERT|ISSUER|SIGNATURE|SELF_SIGNED|ERR_TLS/;

/** Codes of OpenSSL for a server that does not speak TLS. */
const NOT_TLS = /^ERR_SSL/;

/** Classifies an error of a request; undefined when it does not come from the connection. */
export function connectionFailureOf(error: unknown): ConnectionFailure | undefined {
  const codes = codesOf(error);
  const some = (test: (code: string) => boolean) => codes.some(test);
  if (some((code) => BROKEN.has(code) || code.startsWith('HPE_'))) return 'broken';
  if (some((code) => SLOW.has(code))) return 'slow';
  if (some((code) => UNREACHABLE.has(code) || CERTIFICATE.test(code) || NOT_TLS.test(code)))
    return 'unreachable';
  return undefined;
}

/** Whether the server's certificate cannot be verified. */
export function isCertificateFailure(error: unknown): boolean {
  return codesOf(error).some((code) => CERTIFICATE.test(code));
}

/** Whether the server answered, but not with a valid TLS handshake. */
export function isTlsFailure(error: unknown): boolean {
  return codesOf(error).some(
    (code) => NOT_TLS.test(code) || CERTIFICATE.test(code) || code === 'EPROTO',
  );
}

/** Whether the server ended the TLS handshake with an alert, as for a client certificate that it does not accept. */
export function isTlsAlert(error: unknown): boolean {
  return codesOf(error).some((code) => /_ALERT_/.test(code));
}

/** Whether the server's certificate was signed by an authority that is not known, or has the name of a known one. */
export function isUnknownAuthority(error: unknown): boolean {
  return codesOf(error).some((code) => /ISSUER|SIGNATURE|SELF_SIGNED/.test(code));
}

/** Codes of an error, of its causes, and of the errors it aggregates (a host with several addresses). */
function codesOf(error: unknown, depth = 0): string[] {
  if (!(error instanceof Error) || depth > 3) return [];
  const own = 'code' in error && typeof error.code === 'string' ? [error.code] : [];
  const inner = error instanceof AggregateError ? error.errors : [];
  return [...own, ...[...inner, error.cause].flatMap((e) => codesOf(e, depth + 1))];
}
