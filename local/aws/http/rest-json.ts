import type { Clock } from '../../clock.ts';
import { type AwsResponse, type AwsError, type AwsServer, startAwsServer } from './aws-server.ts';
import type { Iam } from '../iam/iam.ts';
import type { SignedRequest } from './signature-claim.ts';
import { type SignatureFailure, verifySignature } from './verify-signature.ts';

/** Where a resource is, for its ARN. */
export interface ArnScope {
  readonly partition: string;
  readonly region: string;
  readonly account: string;
}

/** What an operation is called with. */
export interface RestCall {
  /** The parts of the path that the operation names, decoded. */
  readonly parameters: readonly string[];
  readonly query: URLSearchParams;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly scope: ArnScope;
}

/** What an operation answers; 200 when it says nothing else. */
export interface RestResult {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** Written as JSON; none when absent. */
  readonly body?: unknown;
}

/** An operation of a service that speaks REST with JSON. */
export interface RestOperation {
  /** E.g. `DescribeCluster`. */
  readonly name: string;
  readonly method: string;
  /** Matches its whole path; what its groups hold are the names. */
  readonly path: RegExp;
  /** The ARN that the policies are asked for, with the action `<service>:<permission>`. */
  arn(call: RestCall): string;
  /** The permission where it is not called like the operation. */
  readonly permission?: string;
  /** @throws RestRefusal */
  handle(call: RestCall): RestResult | Promise<RestResult>;
}

/** A service: its operations, and nothing else. */
export interface RestService {
  /** As signatures and policies name it. */
  readonly name: string;
  readonly operations: readonly RestOperation[];
}

/** What such a service is made of. */
export interface RestDeps {
  readonly iam: Iam;
  readonly clock: Clock;
  readonly region: string;
}

/** A refusal in the words of the service. */
export class RestRefusal extends Error {
  override readonly name = 'RestRefusal';
  readonly status: number;
  readonly code: string;

  constructor(status: number, code: string, message: string) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

/** Starts a service on loopback. Each call is judged by its signature and by the caller's policies, and refused as AWS refuses it. */
export function startRestService(deps: RestDeps, service: RestService): Promise<AwsServer> {
  return startAwsServer(deps.clock, {
    target: (request) => {
      const found = findOperation(service, request);
      return {
        action: found?.operation.name ?? request.method,
        resource: found?.names[0] ?? request.path,
      };
    },
    handle: (request) => answer(deps, service, request),
    errorResponse: (_request, error) => restError(error),
  });
}

async function answer(
  { iam, clock, region }: RestDeps,
  service: RestService,
  request: SignedRequest,
): Promise<AwsResponse> {
  const now = clock.now();
  const check = await verifySignature(request, { iam, service: service.name, region, now });
  if (!check.ok) return restError(signatureError(check.failure));
  const { session } = check;
  const caller = session.arn;
  const found = findOperation(service, request);
  if (!found) return restError({ ...notImplemented(service, request), caller });
  const { query, headers, body } = request;
  const scope = { partition: session.role.partition, account: session.role.account, region };
  const { operation, names } = found;
  const call = { names, query, headers, body, scope };
  const action = `${service.name}:${operation.permission ?? operation.name}`;
  const arn = operation.arn(call);
  // What is of another account takes a policy of its own that lets the caller in, and here nothing has one.
  const isForeign = arn.split(':')[4] !== scope.account;
  if (isForeign || iam.decide(session, action, arn).outcome !== 'allowed') {
    const message = `User: ${caller} is not authorized to perform: ${action} on resource: ${arn}`;
    return restError({ status: 403, code: 'AccessDeniedException', message, caller });
  }
  try {
    return { ...restAnswer(await operation.handle(call)), caller };
  } catch (error) {
    if (!(error instanceof RestRefusal)) throw error;
    const { status, code, message } = error;
    return restError({ status, code, message, caller });
  }
}

function findOperation({ operations }: RestService, { method, path }: SignedRequest) {
  for (const operation of operations) {
    const match = operation.method === method ? operation.path.exec(path) : null;
    if (match) return { operation, names: match.slice(1).map(decodeURIComponent) };
  }
  return undefined;
}

function notImplemented(
  { name, operations }: RestService,
  { method, path }: SignedRequest,
): AwsError {
  const known = operations.map((operation) => operation.name).join(', ');
  const message = `The embedded ${name} answers ${known} only, not ${method} ${path}`;
  return { status: 501, code: 'NotImplemented', message };
}

function signatureError(failure: SignatureFailure): AwsError {
  switch (failure.kind) {
    case 'missing':
      return refusal('MissingAuthenticationTokenException', 'Missing Authentication Token');
    case 'unknown-key':
      return refusal(
        'UnrecognizedClientException',
        'The security token included in the request is invalid.',
      );
    case 'expired-token':
      return refusal(
        'ExpiredTokenException',
        'The security token included in the request is expired',
      );
    case 'mismatch':
      return refusal(
        'InvalidSignatureException',
        'The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details.',
      );
    default:
      return refusal('InvalidSignatureException', failure.message);
  }
}

function refusal(code: string, message: string): AwsError {
  return { status: 403, code, message };
}

function restError({ status, code, message, caller }: AwsError): AwsResponse {
  const answer = restAnswer({
    status,
    headers: { 'x-amzn-errortype': code },
    body: { message },
  });
  return { ...answer, caller, errorCode: code };
}

function restAnswer({ status = 200, headers, body }: RestResult): AwsResponse {
  return {
    status,
    headers: { 'content-type': 'application/json', ...headers },
    body: body === undefined ? '' : JSON.stringify(body),
  };
}
