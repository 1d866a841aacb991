import { isRecord } from '../contract/is-record.ts';
import { apiErrorOf } from './api-error.ts';
import type { ApiResponse, KubernetesConnection } from './kubernetes-connection.ts';

/** A token to request for a ServiceAccount. */
export interface TokenTerms {
  readonly namespace: string;
  readonly name: string;
  /** For whom it is; none for the API server itself. */
  readonly audience?: string;
  /** How long it is valid, in seconds; the API server may issue another one. */
  readonly seconds: number;
}

/** A token of a ServiceAccount. Never logged. */
export interface ServiceAccountToken {
  readonly token: string;
  /** Its issuer (claim `iss`). */
  readonly issuer: string;
  /** How long it is valid from its issue on, in milliseconds. Does not depend on the clock of this machine. */
  readonly lifetimeMs: number;
}

/** A token of a ServiceAccount has about one kilobyte. */
const MAX_RESPONSE_BYTES = 65_536;

/** Requests a token for a ServiceAccount (TokenRequest API), and returns the response of any status. */
export function sendTokenRequest(
  connection: KubernetesConnection,
  { namespace, name, audience, seconds }: TokenTerms,
  signal: AbortSignal,
): Promise<ApiResponse> {
  return connection.send({
    method: 'POST',
    path: `/api/v1/namespaces/${namespace}/serviceaccounts/${name}/token`,
    headers: { accept: 'application/json', 'content-type': 'application/json' },
    body: JSON.stringify({
      apiVersion: 'authentication.k8s.io/v1',
      kind: 'TokenRequest',
      spec: {
        ...(audience === undefined ? {} : { audiences: [audience] }),
        expirationSeconds: seconds,
      },
    }),
    maxResponseBytes: MAX_RESPONSE_BYTES,
    signal,
  });
}

/**
 * Requests a token for a ServiceAccount, and reads its issuer and life.
 *
 * @throws {KubernetesApiError} when the API server rejects the request, or answers without a token
 */
export async function requestServiceAccountToken(
  connection: KubernetesConnection,
  terms: TokenTerms,
  signal: AbortSignal,
): Promise<ServiceAccountToken> {
  const response = await sendTokenRequest(connection, terms, signal);
  if (response.status >= 400) throw apiErrorOf(response);
  const token = readToken(response.body);
  // Without the body: it may contain a token.
  if (token === undefined) throw new Error('the Kubernetes API answered without a valid token');
  return token;
}

function readToken(body: Buffer): ServiceAccountToken | undefined {
  try {
    const token: unknown = JSON.parse(body.toString()).status.token;
    if (typeof token !== 'string' || !/^[\w-]+\.[\w-]+\.[\w-]+$/.test(token)) return undefined;
    const claims: unknown = JSON.parse(
      Buffer.from(token.split('.')[1] ?? '', 'base64url').toString(),
    );
    if (!isRecord(claims)) return undefined;
    const { iss, iat, exp } = claims;
    const isComplete =
      typeof iss === 'string' && typeof iat === 'number' && typeof exp === 'number' && exp > iat;
    return isComplete ? { token, issuer: iss, lifetimeMs: (exp - iat) * 1_000 } : undefined;
  } catch {
    return undefined;
  }
}
