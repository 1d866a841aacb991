import type { LambdaFunction } from '../../assembly/resources/lambda-function.ts';
import type { AwsServer } from '../http/aws-server.ts';
import {
  type RestCall,
  type RestDeps,
  type RestOperation,
  RestRefusal,
  type RestResult,
  startRestService,
} from '../http/rest-json.ts';
import type { Functions, InvocationResult } from './functions.ts';

/** What the embedded Lambda's API is made of. */
export interface LambdaDeps extends RestDeps {
  readonly functions: Functions;
}

/**
 * Starts Lambda's API on loopback for the functions of the assembly: Invoke (RequestResponse), GetFunctionConfiguration,
 * and the reserved concurrency of a function, read, set and taken away; set to 0, the function is throttled.
 */
export function startLambda(deps: LambdaDeps): Promise<AwsServer> {
  const { functions } = deps;
  return startRestService(deps, {
    name: 'lambda',
    operations: [
      invoke(functions),
      getConfiguration(functions),
      concurrency(functions, 'GetFunctionConcurrency', 'GET', '2019-09-30', (fn) =>
        concurrencyOf(functions, fn),
      ),
      concurrency(functions, 'PutFunctionConcurrency', 'PUT', '2017-10-31', (fn, { body }) => {
        functions.setReservedConcurrency(fn.functionName, readConcurrency(body));
        return concurrencyOf(functions, fn);
      }),
      concurrency(functions, 'DeleteFunctionConcurrency', 'DELETE', '2017-10-31', (fn) => {
        functions.setReservedConcurrency(fn.functionName, undefined);
        return { status: 204 };
      }),
    ],
  });
}

function invoke(functions: Functions): RestOperation {
  return {
    name: 'Invoke',
    permission: 'InvokeFunction',
    method: 'POST',
    path: /^\/2015-03-31\/functions\/([^/]+)\/invocations$/,
    arn: functionArn,
    async handle(call) {
      const type = call.headers['x-amz-invocation-type'] ?? 'RequestResponse';
      if (type !== 'RequestResponse') {
        throw new RestRefusal(501, 'NotImplemented', `invocation type ${type} is not run here`);
      }
      const { functionName } = find(functions, call);
      return invocationAnswer(await functions.invoke(functionName, JSON.parse(call.body || '{}')));
    },
  };
}

/** A function's error is an answer of status 200 that a header tells from its result. */
function invocationAnswer(result: InvocationResult): RestResult {
  const headers = { 'x-amz-executed-version': '$LATEST' };
  switch (result.kind) {
    case 'success':
      return { headers, body: result.payload };
    case 'error':
      return { headers: { ...headers, 'x-amz-function-error': 'Unhandled' }, body: result.error };
    case 'throttled':
      throw new RestRefusal(429, 'TooManyRequestsException', 'Rate Exceeded.');
  }
}

function getConfiguration(functions: Functions): RestOperation {
  return {
    name: 'GetFunctionConfiguration',
    method: 'GET',
    path: /^\/2015-03-31\/functions\/([^/]+)\/configuration$/,
    arn: functionArn,
    handle: (call) => ({ body: describe(find(functions, call)) }),
  };
}

function describe(fn: LambdaFunction) {
  return {
    FunctionName: fn.functionName,
    FunctionArn: fn.arn,
    Runtime: fn.runtime,
    Role: fn.roleArn,
    Handler: fn.handler,
    Timeout: fn.timeoutSeconds,
    MemorySize: fn.memoryMegabytes,
    Environment: { Variables: fn.environment },
    State: 'Active',
    LastUpdateStatus: 'Successful',
  };
}

function concurrency(
  functions: Functions,
  name: string,
  method: string,
  version: string,
  act: (fn: LambdaFunction, call: RestCall) => RestResult,
): RestOperation {
  return {
    name,
    method,
    path: new RegExp(`^/${version}/functions/([^/]+)/concurrency$`),
    arn: functionArn,
    handle: (call) => act(find(functions, call), call),
  };
}

function concurrencyOf(functions: Functions, { functionName }: LambdaFunction): RestResult {
  const reserved = functions.reservedConcurrency(functionName);
  return { body: reserved === undefined ? {} : { ReservedConcurrentExecutions: reserved } };
}

function readConcurrency(body: string): number {
  const { ReservedConcurrentExecutions: reserved } = JSON.parse(body);
  if (Number.isInteger(reserved) && reserved >= 0) return reserved;
  throw new RestRefusal(
    400,
    'InvalidParameterValueException',
    `Value '${reserved}' at 'reservedConcurrentExecutions' failed to satisfy constraint: Member must have value greater than or equal to 0`,
  );
}

/** By name or ARN; Lambda takes both. */
function find(functions: Functions, { parameters: [named = ''], scope }: RestCall): LambdaFunction {
  const found = functions.find(named);
  if (found) return found;
  const arn = named.startsWith('arn:') ? named : arnOf(scope, named);
  throw new RestRefusal(404, 'ResourceNotFoundException', `Function not found: ${arn}`);
}

function functionArn({ parameters: [named = ''], scope }: RestCall): string {
  return named.startsWith('arn:') ? named : arnOf(scope, named);
}

function arnOf({ partition, region, account }: RestCall['scope'], name: string): string {
  return `arn:${partition}:lambda:${region}:${account}:function:${name}`;
}
