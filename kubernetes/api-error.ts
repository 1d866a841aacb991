import { KubernetesApiError } from './errors.ts';
import type { ApiResponse } from './kubernetes-connection.ts';
import type { ProtobufFields } from './lists/decode-protobuf.ts';
import { PROTOBUF, unwrapProtobuf } from './lists/kubernetes-protobuf.ts';

/** What is read of a Kubernetes `Status`. */
interface Status {
  readonly kind: 'Status';
  readonly message?: unknown;
  readonly reason?: unknown;
}

/** The words of a `Status` are kept up to this many characters: a webhook may say anything, and they go into logs. */
const LONGEST_MESSAGE = 2_000;
/** Reasons are one word. */
const LONGEST_REASON = 100;

/** A body that is no `Status` (a proxy's page, say) is quoted up to this many characters. */
const QUOTED_CHARACTERS = 200;

/**
 * The refusal that an answer with a status of 400 or more stands for, in the server's words. Bodies that are no
 * `Status` object are quoted when they are text, as proxies answer; an object of the API may hold a Secret's values.
 */
export function apiErrorOf({ status, headers, body }: ApiResponse): KubernetesApiError {
  const contentType = headers['content-type'] ?? '';
  const text = body.toString();
  const said = contentType.startsWith(PROTOBUF) ? statusInProtobuf(body) : statusIn(text);
  const isPage = contentType.startsWith('text/');
  const quoted = isPage ? text.trim().slice(0, QUOTED_CHARACTERS) : '';
  const message =
    typeof said?.message === 'string' ? said.message.slice(0, LONGEST_MESSAGE) : quoted;
  const reason = typeof said?.reason === 'string' ? said.reason.slice(0, LONGEST_REASON) : '';
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

/** Of `Status`, as in `generated.proto` of k8s.io/apimachinery/pkg/apis/meta/v1. */
const STATUS: ProtobufFields = {
  3: { kind: 'text', name: 'message' },
  4: { kind: 'text', name: 'reason' },
};

/** Who asked for a list as protobuf is refused it in protobuf. */
function statusInProtobuf(body: Buffer): Status | undefined {
  try {
    return { kind: 'Status', ...unwrapProtobuf(body, 'Status', STATUS) };
  } catch {
    return undefined;
  }
}

function isStatus(value: unknown): value is Status {
  return typeof value === 'object' && value !== null && 'kind' in value && value.kind === 'Status';
}

/**
 * Whether the refresher lacks a right. A quota or a namespace that is ending is 403 too, and only the words tell them apart
 * (RBAC of k8s.io/apiserver).
 */
export function isPermissionMissing({ status, message }: KubernetesApiError): boolean {
  return status === 403 && / cannot (?:create|patch|delete) resource /.test(message);
}
