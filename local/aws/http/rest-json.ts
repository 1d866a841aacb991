import type { Clock } from '../../clock.ts';
import type { ArnScope } from '../arn.ts';
import type { Iam } from '../iam/iam.ts';
import type { Session } from '../iam/session.ts';
import { type AwsResponse, type AwsServer, startAwsServer } from './aws-server.ts';
import { type ErrorDetails, ServiceError } from './service-error.ts';
import type { SignedRequest } from './signature-claim.ts';

/** The input of an operation. */
export interface RestCall {
  /** What the groups of the operation's path matched, decoded. */
  readonly parameters: readonly string[];
  readonly query: URLSearchParams;
  /** Names are in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** Where the caller's resources are. */
  readonly scope: ArnScope;
}

/** The output of an operation. */
export interface RestResult {
  /** @default 200 */
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** Serialized as JSON. @default - an empty body */
  readonly body?: unknown;
}

/** An operation of a service that uses REST with JSON. */
export interface RestOperation {
  /** E.g. `DescribeCluster`. */
  readonly name: string;
  readonly method: string;
  /** Matches the whole path; the groups are the operation's parameters. */
  readonly path: RegExp;
  /** Returns the ARN for which the caller needs the permission. */
  arn(call: RestCall): string;
  /** The action in IAM policies, without the service. @default - the operation's name */
  readonly permission?: string;
  /** Performs the operation for an authorized caller. @throws ServiceError */
  handle(call: RestCall): RestResult | Promise<RestResult>;
}

/** A service with the operations that are embedded. */
interface RestService {
  /** The name in signatures and policies. */
  readonly name: string;
  readonly operations: readonly RestOperation[];
}

/** Dependencies of a service. */
export interface RestDeps {
  readonly iam: Iam;
  readonly clock: Clock;
  readonly region: string;
}

/** Starts a service on a loopback address. Each call is authorized by its signature and the caller's policies. */
export function startRestService(deps: RestDeps, service: RestService): Promise<AwsServer> {
  const { region } = deps;
  return startAwsServer(deps, {
    protocol: 'rest-json',
    target: (request) => {
      const found = findOperation(service, request);
      return {
        action: found?.operation.name ?? request.method,
        resource: found?.parameters[0] ?? request.path,
      };
    },
    signingScope: () => ({ service: service.name, region }),
    handle: (request, caller) => handle(deps, service, request, caller),
    errorResponse: (_request, error) => errorResponse(error),
  });
}

async function handle(
  { iam, region }: RestDeps,
  service: RestService,
  request: SignedRequest,
  caller: Session,
): Promise<AwsResponse> {
  const found = findOperation(service, request);
  if (!found) throw notImplemented(service, request);
  const { query, headers, body } = request;
  const { partition, account } = caller.role;
  const { operation, parameters } = found;
  const call = { parameters, query, headers, body, scope: { partition, region, account } };
  const action = `${service.name}:${operation.permission ?? operation.name}`;
  const arn = operation.arn(call);
  // A resource of another account would need a resource policy that allows the caller; none is embedded.
  const isForeign = arn.split(':')[4] !== account;
  if (isForeign || iam.decide(caller, action, arn).outcome !== 'allowed') {
    const message = `User: ${caller.arn} is not authorized to perform: ${action} on resource: ${arn}`;
    throw new ServiceError(403, 'AccessDeniedException', message);
  }
  return toResponse(await operation.handle(call));
}

function findOperation({ operations }: RestService, { method, path }: SignedRequest) {
  for (const operation of operations) {
    const match = operation.method === method ? operation.path.exec(path) : null;
    if (match) return { operation, parameters: match.slice(1).map(decodeURIComponent) };
  }
  return undefined;
}

function notImplemented(
  { name, operations }: RestService,
  { method, path }: SignedRequest,
): ServiceError {
  const supported = operations.map((operation) => operation.name).join(', ');
  const message = `The embedded ${name} does not support ${method} ${path}, only ${supported}`;
  return new ServiceError(501, 'NotImplemented', message);
}

function errorResponse({ status, code, message }: ErrorDetails): AwsResponse {
  return toResponse({ status, headers: { 'x-amzn-errortype': code }, body: { message } });
}

function toResponse({ status = 200, headers, body }: RestResult): AwsResponse {
  return {
    status,
    headers: { 'content-type': 'application/json', ...headers },
    body: body === undefined ? '' : JSON.stringify(body),
  };
}
