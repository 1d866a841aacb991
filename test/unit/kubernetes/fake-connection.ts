import type {
  ApiRequest,
  ApiResponse,
  KubernetesConnection,
} from '../../../kubernetes/kubernetes-connection.ts';

/** An answer as a test writes it: an object becomes JSON. */
export interface Answer {
  readonly status?: number;
  readonly headers?: Record<string, string>;
  readonly body?: unknown;
}

export interface FakeConnection extends KubernetesConnection {
  /** What was asked for, in order. */
  readonly requests: readonly ApiRequest[];
}

/** A connection that answers as the test says. */
export function fakeConnection(
  answer: (request: ApiRequest, count: number) => Answer | Promise<Answer>,
): FakeConnection {
  const requests: ApiRequest[] = [];
  return {
    requests,
    async send(request) {
      requests.push(request);
      return responseOf(await answer(request, requests.length));
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

/** A refusal in the words of an API server. */
export function statusAnswer(code: number, reason: string, message = reason): Answer {
  return { status: code, body: { kind: 'Status', status: 'Failure', code, reason, message } };
}

/** A signal that never comes. */
export const FOREVER: AbortSignal = new AbortController().signal;

/** The query of a request's path. */
export function queryOf({ path }: ApiRequest): URLSearchParams {
  return new URL(path, 'https://cluster.test').searchParams;
}
