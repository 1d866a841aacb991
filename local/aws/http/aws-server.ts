import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';
import type { Clock } from '../../clock.ts';
import { createFaults, type CallFault, type CallFaults, type CallTarget } from './call-faults.ts';
import type { SignedRequest } from './signature-claim.ts';

/** A call that a server of the embedded AWS got, for assertions. Carries no credential. */
export interface AwsCall extends CallTarget {
  readonly at: Date;
  /** ARN of the session that called, where the signature was good. */
  readonly caller: string | undefined;
  /** HTTP status of the answer; 0 when the connection was dropped. */
  readonly status: number;
  /** E.g. `AccessDenied`; absent when the call was answered. */
  readonly errorCode: string | undefined;
}

/** An answer before it is sent. */
export interface AwsResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly caller?: string | undefined;
  readonly errorCode?: string | undefined;
}

/** An error in the words of a service, before its protocol writes it. */
export interface AwsError {
  readonly status: number;
  readonly code: string;
  readonly message: string;
  readonly caller?: string;
}

/** What makes a server into a service. */
export interface AwsService {
  /** What a request asks for, from its path or body alone. */
  target(request: SignedRequest): CallTarget;
  handle(request: SignedRequest, requestId: string): Promise<AwsResponse>;
  /** Writes an error in the service's protocol. */
  errorResponse(request: SignedRequest, error: AwsError, requestId: string): AwsResponse;
}

/** A service of the embedded AWS on loopback. */
export interface AwsServer {
  /** E.g. `http://127.0.0.1:43210`: the value for `AWS_ENDPOINT_URL_<SERVICE>`. */
  readonly url: string;
  readonly faults: CallFaults;
  /** Every call so far, the oldest first. */
  readonly calls: readonly AwsCall[];
  /** Ends the server and every connection to it. */
  stop(): Promise<void>;
}

/**
 * Starts `service` on a free port of 127.0.0.1. Answers carry the clock's time in `Date`, from which the AWS SDKs
 * correct their own: so a client that does not follow the embedded clock is signed right at its second try.
 */
export async function startAwsServer(clock: Clock, service: AwsService): Promise<AwsServer> {
  const faults = createFaults();
  const calls: AwsCall[] = [];
  const server = createServer((incoming, outgoing) => {
    void serve(incoming, outgoing).catch(() => outgoing.destroy());
  });

  async function serve(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const request = await readRequest(incoming);
    const requestId = randomUUID();
    const target = service.target(request);
    const fault = await meetFaults(faults.take(target));
    const at = clock.now();
    const answer =
      fault?.kind === 'dropped' ? undefined : await answerTo(request, requestId, fault);
    const { status = 0, caller, errorCode } = answer ?? {};
    calls.push({ ...target, at, caller, status, errorCode });
    if (answer) send(outgoing, answer, requestId, clock.now());
    else incoming.socket.destroy();
  }

  async function answerTo(request: SignedRequest, requestId: string, fault?: AnsweredFault) {
    if (fault?.kind === 'error') return service.errorResponse(request, fault, requestId);
    if (fault) return { status: 200, headers: { 'content-type': 'text/plain' }, body: fault.body };
    try {
      return await service.handle(request, requestId);
    } catch (error) {
      const failure = { status: 500, code: 'InternalFailure', message: String(error) };
      return service.errorResponse(request, failure, requestId);
    }
  }

  const url = await listen(server);
  return {
    url,
    faults,
    calls,
    stop: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

type EndingFault = Exclude<CallFault, { kind: 'latency' }>;
type AnsweredFault = Exclude<EndingFault, { kind: 'dropped' }>;

async function meetFaults(taken: readonly CallFault[]): Promise<EndingFault | undefined> {
  let ending: EndingFault | undefined;
  for (const fault of taken) {
    if (fault.kind === 'latency') await delay(fault.milliseconds);
    else ending = fault;
  }
  return ending;
}

async function readRequest(incoming: IncomingMessage): Promise<SignedRequest> {
  const [path = '/', query = ''] = (incoming.url ?? '/').split(/\?(.*)/s);
  return {
    method: incoming.method ?? 'GET',
    path,
    query: new URLSearchParams(query),
    headers: Object.fromEntries(
      Object.entries(incoming.headers).map(([name, value]) => [name, String(value ?? '')]),
    ),
    body: await text(incoming),
  };
}

function send(outgoing: ServerResponse, answer: AwsResponse, requestId: string, now: Date): void {
  outgoing.writeHead(answer.status, {
    ...answer.headers,
    date: now.toUTCString(),
    'x-amzn-requestid': requestId,
  });
  outgoing.end(answer.body);
}

async function listen(server: ReturnType<typeof createServer>): Promise<string> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port to listen on');
  return `http://127.0.0.1:${address.port}`;
}
