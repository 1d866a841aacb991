import { KubernetesApiError } from '../errors.ts';
import type { ApiResponse } from './kubernetes-connection.ts';

/** What is read of a Kubernetes `Status`. */
interface Status {
  readonly kind: 'Status';
  readonly message?: unknown;
  readonly reason?: unknown;
}

/** A body that is no `Status` (a proxy's page, say) is quoted up to this many characters. */
const QUOTED_CHARACTERS = 200;

/**
 * The refusal that an answer with a status of 400 or more stands for, in the server's words. Bodies that are no
 * `Status` object are quoted: load balancers and proxies answer in whatever they like.
 */
export function apiErrorOf({ status, body }: ApiResponse): KubernetesApiError {
  const text = body.toString();
  const said = statusIn(text);
  const message =
    typeof said?.message === 'string' ? said.message : text.trim().slice(0, QUOTED_CHARACTERS);
  const reason = typeof said?.reason === 'string' ? said.reason : '';
  return new KubernetesApiError(
    status,
    reason,
    `the Kubernetes API answered ${status}${reason && ` ${reason}`}${message && `: ${message}`}`,
  );
}

function statusIn(text: string): Status | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isStatus(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function isStatus(value: unknown): value is Status {
  return typeof value === 'object' && value !== null && 'kind' in value && value.kind === 'Status';
}
