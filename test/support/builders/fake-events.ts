import { setImmediate } from 'node:timers/promises';
import type {
  ApiRequest,
  ApiResponse,
  KubernetesConnection,
} from '../../../kubernetes/kubernetes-connection.ts';

/** An Event in the fake. */
export interface StoredEvent {
  readonly metadata: { readonly name: string; readonly namespace: string };
  readonly series?: { readonly count: number; readonly lastObservedTime: string };
  readonly [field: string]: unknown;
}

/** Events in memory, by path. Validation is tested against servers. */
export class FakeEvents implements KubernetesConnection {
  readonly stored = new Map<string, StoredEvent>();
  /** Method and path of each request, in order. */
  readonly log: string[] = [];
  readonly sent: ApiRequest[] = [];
  /** Maximum number of concurrent requests. */
  maxInFlight = 0;
  /** Responds in place of the fake, or throws. */
  answer: (request: ApiRequest) => ApiResponse | undefined = () => undefined;
  #inFlight = 0;

  async send(request: ApiRequest): Promise<ApiResponse> {
    this.log.push(`${request.method} ${request.path.split('/events/')[1] ?? ''}`.trim());
    this.sent.push(request);
    this.#inFlight += 1;
    this.maxInFlight = Math.max(this.maxInFlight, this.#inFlight);
    await setImmediate();
    this.#inFlight -= 1;
    return this.answer(request) ?? this.#carryOut(request);
  }

  #carryOut({ method, path, body = '' }: ApiRequest): ApiResponse {
    const [eventPath = ''] = path.split('?');
    if (method === 'POST') {
      const event: StoredEvent = JSON.parse(body);
      const key = `${eventPath}/${event.metadata.name}`;
      if (this.stored.has(key)) return statusAnswer(409, 'AlreadyExists', 'it exists');
      this.stored.set(key, event);
      return { status: 201, headers: {}, body: Buffer.from(body) };
    }
    const present = this.stored.get(eventPath);
    if (present === undefined) return statusAnswer(404, 'NotFound', 'it does not exist');
    const patched = { ...present, ...JSON.parse(body) };
    this.stored.set(eventPath, patched);
    return { status: 200, headers: {}, body: Buffer.from(JSON.stringify(patched)) };
  }
}

/** A response with a `Status`. */
export function statusAnswer(status: number, reason: string, message: string): ApiResponse {
  return {
    status,
    headers: { 'content-type': 'application/json' },
    body: Buffer.from(JSON.stringify({ kind: 'Status', reason, message })),
  };
}
