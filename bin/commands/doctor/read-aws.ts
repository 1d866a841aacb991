import type { Reading } from './reading.ts';

/** What AWS calls a caller without the permission. */
const FORBIDDEN: ReadonlySet<string> = new Set([
  'AccessDenied',
  'AccessDeniedException',
  'UnauthorizedOperation',
]);

/** What the SDK and AWS call credentials that are missing, over or not known. */
const NO_CREDENTIALS: ReadonlySet<string> = new Set([
  'CredentialsProviderError',
  'ExpiredToken',
  'ExpiredTokenException',
  'InvalidClientTokenId',
  'UnrecognizedClientException',
  'InvalidClientTokenException',
]);

/**
 * Makes a call to AWS and tells what came of it.
 *
 * @param permission - what the caller needs for it, e.g. `eks:DescribeCluster`
 */
export async function readAws<T>(permission: string, call: () => Promise<T>): Promise<Reading<T>> {
  try {
    return { kind: 'read', value: await call() };
  } catch (error) {
    const { name, message } = error instanceof Error ? error : new Error(String(error));
    if (name === 'ResourceNotFoundException') return { kind: 'absent' };
    if (FORBIDDEN.has(name)) return { kind: 'forbidden', right: permission };
    if (NO_CREDENTIALS.has(name)) return { kind: 'no-credentials', message: `${name}: ${message}` };
    return { kind: 'failed', message: `AWS did not answer ${permission}: ${name}: ${message}` };
  }
}
