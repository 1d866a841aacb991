import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';
import type { Clock } from '../../clock.ts';
import type { Iam } from '../iam/iam.ts';
import type { Session } from '../iam/session.ts';
import {
  type CallFault,
  type CallFaults,
  type CallTarget,
  createCallFaultPlan,
  type FinalFault,
  isFinal,
} from './call-faults.ts';
import { type ErrorDetails, type Protocol, ServiceError, signatureError } from './service-error.ts';
import type { SignedRequest } from './signature-claim.ts';
import { type SigningScope, verifySignature } from './verify-signature.ts';

/** A call that a server of the embedded AWS received, for assertions. Contains no credentials. */
interface AwsCall extends CallTarget {
  readonly at: Date;
  /** ARN of the calling session; undefined when the signature was rejected. */
  readonly caller: string | undefined;
  /** HTTP status of the response; 0 when the connection was closed without one. */
  readonly status: number;
  /** E.g. `AccessDenied`; undefined when the call succeeded. */
  readonly errorCode: string | undefined;
}

/** An HTTP response, before it is sent. */
export interface AwsResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** What distinguishes one AWS service from another. */
interface AwsService {
  readonly protocol: Protocol;
  /** Reads from the path or body what a request does. Must not fail for a malformed request. */
  target(request: SignedRequest): CallTarget;
  /** The service and region that a request must be signed for. */
  signingScope(request: SignedRequest): SigningScope;
  /** Authorizes and performs a request with a valid signature. @throws ServiceError */
  handle(request: SignedRequest, caller: Session, requestId: string): Promise<AwsResponse>;
  /** Performs a request that AWS does not require a signature for; undefined when this one requires it. @throws ServiceError */
  handleUnsigned?(request: SignedRequest, requestId: string): Promise<AwsResponse> | undefined;
  /** Serializes an error in the service's protocol. */
  errorResponse(request: SignedRequest, error: ErrorDetails, requestId: string): AwsResponse;
}

/** A service of the embedded AWS on a loopback address. */
export interface AwsServer {
  /** E.g. `http://127.0.0.1:43210`: the value for `AWS_ENDPOINT_URL_<SERVICE>`. */
  readonly url: string;
  readonly faults: CallFaults;
  /** Every call, oldest first. */
  readonly calls: readonly AwsCall[];
  /** Stops the server and closes its connections. */
  stop(): Promise<void>;
}

/** Dependencies of a server. */
interface AwsServerDeps {
  readonly iam: Pick<Iam, 'findSession'>;
  readonly clock: Clock;
}

/** How a call ended. */
interface CallOutcome {
  readonly response: AwsResponse;
  readonly caller?: string | undefined;
  readonly errorCode?: string;
}

/**
 * Starts `service` on a free port of 127.0.0.1. Responses carry the embedded time in `Date`, from which AWS SDKs correct
 * their clock skew: the second attempt of a client that does not follow the embedded clock is signed correctly.
 */
export async function startAwsServer(
  { iam, clock }: AwsServerDeps,
  service: AwsService,
): Promise<AwsServer> {
  const faults = createCallFaultPlan();
  const calls: AwsCall[] = [];
  const server = createServer((incoming, outgoing) => {
    void serve(incoming, outgoing).catch(() => outgoing.destroy());
  });

  async function serve(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const request = await readRequest(incoming);
    const requestId = randomUUID();
    const target = service.target(request);
    const fault = await awaitDelays(faults.take(target));
    const at = clock.now();
    const outcome = fault?.kind === 'drop' ? undefined : await call(request, requestId, fault);
    const { response, caller, errorCode } = outcome ?? {};
    calls.push({ ...target, at, caller, status: response?.status ?? 0, errorCode });
    if (response) send(outgoing, response, requestId, clock.now());
    else incoming.socket.destroy();
  }

  async function call(
    request: SignedRequest,
    requestId: string,
    fault: Exclude<FinalFault, { readonly kind: 'drop' }> | undefined,
  ): Promise<CallOutcome> {
    if (fault?.kind === 'error') return failure(request, requestId, fault);
    if (fault) return { response: garbage(fault.body) };
    const unsigned = service.handleUnsigned?.(request, requestId);
    if (unsigned) return perform(request, requestId, () => unsigned);
    const now = clock.now();
    const check = await verifySignature(request, { iam, now, ...service.signingScope(request) });
    if (!check.ok) {
      return failure(request, requestId, signatureError(check.failure, service.protocol));
    }
    const { session } = check;
    return perform(request, requestId, () => service.handle(request, session, requestId), session);
  }

  async function perform(
    request: SignedRequest,
    requestId: string,
    handle: () => Promise<AwsResponse>,
    session?: Session,
  ): Promise<CallOutcome> {
    try {
      return { response: await handle(), caller: session?.arn };
    } catch (error) {
      if (error instanceof ServiceError) return failure(request, requestId, error, session);
      const internal = { status: 500, code: 'InternalFailure', message: String(error) };
      return failure(request, requestId, internal, session);
    }
  }

  function failure(
    request: SignedRequest,
    requestId: string,
    error: ErrorDetails,
    caller?: Session,
  ): CallOutcome {
    return {
      response: service.errorResponse(request, error, requestId),
      caller: caller?.arn,
      errorCode: error.code,
    };
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

async function awaitDelays(faults: readonly CallFault[]): Promise<FinalFault | undefined> {
  for (const fault of faults) {
    if (!isFinal(fault)) await delay(fault.milliseconds);
  }
  return faults.find(isFinal);
}

function garbage(body: string): AwsResponse {
  return { status: 200, headers: { 'content-type': 'text/plain' }, body };
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

function send(outgoing: ServerResponse, response: AwsResponse, requestId: string, now: Date): void {
  outgoing.writeHead(response.status, {
    ...response.headers,
    date: now.toUTCString(),
    'x-amzn-requestid': requestId,
  });
  outgoing.end(response.body);
}

async function listen(server: ReturnType<typeof createServer>): Promise<string> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the server has no port');
  return `http://127.0.0.1:${address.port}`;
}
