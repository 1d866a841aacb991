import { ResponseTooLargeError } from '../../../kubernetes/errors.ts';
import type {
  ApiRequest,
  ApiResponse,
  KubernetesConnection,
} from '../../../kubernetes/kubernetes-connection.ts';

/** A response as a test writes it: an object is sent as JSON. */
export interface Answer {
  readonly status?: number;
  readonly headers?: Record<string, string>;
  readonly body?: unknown;
}

export interface FakeConnection extends KubernetesConnection {
  /** The requests, in order. */
  readonly requests: readonly ApiRequest[];
}

/** Creates a connection that answers with a test's function. */
export function fakeConnection(
  answer: (request: ApiRequest, count: number) => Answer | Promise<Answer>,
): FakeConnection {
  const requests: ApiRequest[] = [];
  return {
    requests,
    async send(request) {
      requests.push(request);
      const response = responseOf(await answer(request, requests.length));
      const { maxResponseBytes = Number.POSITIVE_INFINITY } = request;
      if (response.body.length > maxResponseBytes) throw new ResponseTooLargeError('too large');
      return response;
    },
  };
}

export function responseOf({ status = 200, headers, body = {} }: Answer): ApiResponse {
  return {
    status,
    headers: headers ?? { 'content-type': 'application/json' },
    body: Buffer.isBuffer(body) ? body : Buffer.from(JSON.stringify(body)),
  };
}

/** An error response of an API server. */
export function statusAnswer(code: number, reason: string, message = reason): Answer {
  return { status: code, body: { kind: 'Status', status: 'Failure', code, reason, message } };
}

/** A signal that never aborts. */
export const FOREVER: AbortSignal = new AbortController().signal;

/** Returns the query parameters of a request. */
export function queryOf({ path }: ApiRequest): URLSearchParams {
  return new URL(path, 'https://cluster.test').searchParams;
}
