import { isRecord } from '../contract/is-record.ts';
import { KubernetesApiError } from './errors.ts';
import type { ApiResponse } from './kubernetes-connection.ts';
import { PROTOBUF, type ProtobufFields, unwrapProtobuf } from './lists/protobuf.ts';

/** The message of a `Status` goes into logs and may contain anything, such as the answer of a webhook. */
const MAX_MESSAGE_LENGTH = 2_000;
/** A reason is one word. */
const MAX_REASON_LENGTH = 100;
/** A body that is not a `Status`, such as the page of a proxy. */
const MAX_QUOTED_LENGTH = 200;

/** Why a server rejected a request; empty texts where the response contains none. */
interface Rejection {
  readonly reason: string;
  readonly message: string;
}

/** Converts a response with a status of 400 or more to an error with the server's message. */
export function apiErrorOf(response: ApiResponse): KubernetesApiError {
  const { reason, message } = rejectionOf(response);
  return apiError(response.status, reason, message && `: ${message}`);
}

/** Creates an error whose message begins with the status and the reason, and ends with `details`. */
export function apiError(status: number, reason: string, details: string): KubernetesApiError {
  const message = `the Kubernetes API answered ${status}${reason && ` ${reason}`}${details}`;
  return new KubernetesApiError(status, reason, message);
}

/**
 * Reads why the server rejected a request. A body that is not a `Status` is quoted only if it is text, as from a proxy:
 * an API object may contain the values of a Secret.
 */
export function rejectionOf({ headers, body }: ApiResponse): Rejection {
  const contentType = headers['content-type'] ?? '';
  const details = contentType.startsWith(PROTOBUF) ? parseProtobuf(body) : parseJson(body);
  const quoted = contentType.startsWith('text/')
    ? body.toString().trim().slice(0, MAX_QUOTED_LENGTH)
    : '';
  return {
    reason: textOf(details['reason'], MAX_REASON_LENGTH) ?? '',
    message: textOf(details['message'], MAX_MESSAGE_LENGTH) ?? quoted,
  };
}

type StatusDetails = Readonly<Record<string, unknown>>;

function parseJson(body: Buffer): StatusDetails {
  try {
    const value: unknown = JSON.parse(body.toString());
    return isRecord(value) && value['kind'] === 'Status' ? value : {};
  } catch {
    return {};
  }
}

/** `Status` in `generated.proto` of k8s.io/apimachinery/pkg/apis/meta/v1. */
const STATUS: ProtobufFields = {
  3: { kind: 'text', name: 'message' },
  4: { kind: 'text', name: 'reason' },
};

/** A client that requests protobuf receives errors as protobuf too. */
function parseProtobuf(body: Buffer): StatusDetails {
  try {
    return unwrapProtobuf(body, 'Status', STATUS);
  } catch {
    return {};
  }
}

function textOf(value: unknown, maxLength: number): string | undefined {
  return typeof value === 'string' ? value.slice(0, maxLength) : undefined;
}
