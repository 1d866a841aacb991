import type { BearerToken } from '../eks/eks-token.ts';
import type { ApiRequest, ApiResponse } from '../kubernetes-connection.ts';
import type { ClusterLine } from './cluster-line.ts';
import { type ConnectionFailure, connectionFailureOf } from './connection-failure.ts';
import { exchange } from './http-exchange.ts';

/** What one try is made with. */
export interface Means {
  readonly line: ClusterLine;
  readonly token: BearerToken;
  readonly userAgent: string;
}

/** What one try brought: an answer, one that asks for another try, or none. */
export type Attempt =
  | { readonly ailment?: never; readonly response: ApiResponse }
  | { readonly ailment: 'refused'; readonly response: ApiResponse }
  | { readonly ailment: 'busy'; readonly response: ApiResponse }
  | { readonly ailment: ConnectionFailure; readonly response?: never; readonly error: unknown };

/** Sends the request once. Throws what says nothing about the connection, and the signal's reason when that ended it. */
export async function attemptRequest(
  { line, token, userAgent }: Means,
  { method, path, headers, body, signal }: ApiRequest,
): Promise<Attempt> {
  try {
    const response = await exchange(line.agent, {
      origin: line.address.url,
      method,
      path,
      headers: { ...headers, authorization: `Bearer ${token.value}`, 'user-agent': userAgent },
      body,
      signal,
    });
    return judge(response);
  } catch (error) {
    signal.throwIfAborted();
    const ailment = connectionFailureOf(error);
    if (ailment === undefined) throw error;
    return { ailment, error };
  }
}

function judge(response: ApiResponse): Attempt {
  if (response.status === 401) return { ailment: 'refused', response };
  if (response.status === 429 || response.status >= 500) return { ailment: 'busy', response };
  return { response };
}
