import type { LambdaFunction } from '../../assembly/resources/lambda-function.ts';
import { regionalArn } from '../arn.ts';
import type { AwsServer } from '../http/aws-server.ts';
import {
  type RestCall,
  type RestDeps,
  type RestOperation,
  type RestResult,
  startRestService,
} from '../http/rest-json.ts';
import { ServiceError } from '../http/service-error.ts';
import type { Functions } from './functions.ts';
import type { InvocationResult } from './invocation.ts';

/** Dependencies of Lambda's API. */
interface LambdaDeps extends RestDeps {
  readonly functions: Functions;
}

/**
 * Starts Lambda's API on a loopback address for the functions of the assembly. It supports Invoke (RequestResponse),
 * GetFunctionConfiguration, and getting, putting and deleting the reserved concurrency; 0 throttles the function.
 */
export function startLambda(deps: LambdaDeps): Promise<AwsServer> {
  const { functions } = deps;
  return startRestService(deps, {
    name: 'lambda',
    operations: [
      invoke(functions),
      getConfiguration(functions),
      concurrencyOperation(functions, 'GetFunctionConcurrency', 'GET', '2019-09-30', (fn) =>
        concurrencyResult(functions, fn),
      ),
      concurrencyOperation(
        functions,
        'PutFunctionConcurrency',
        'PUT',
        '2017-10-31',
        (fn, { body }) => {
          const reserved = parseConcurrency(body);
          const problem = functions.reservationProblem(fn.functionName, reserved);
          if (problem !== undefined) {
            throw new ServiceError(400, 'InvalidParameterValueException', problem);
          }
          functions.setReservedConcurrency(fn.functionName, reserved);
          return concurrencyResult(functions, fn);
        },
      ),
      concurrencyOperation(functions, 'DeleteFunctionConcurrency', 'DELETE', '2017-10-31', (fn) => {
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
        const message = `The embedded lambda does not support the invocation type ${type}, only RequestResponse`;
        throw new ServiceError(501, 'NotImplemented', message);
      }
      const { functionName } = findFunction(functions, call);
      return toRestResult(await functions.invoke(functionName, JSON.parse(call.body || '{}')));
    },
  };
}

/** The response to a function's error has status 200; a header distinguishes it from a result. */
function toRestResult(result: InvocationResult): RestResult {
  const headers = { 'x-amz-executed-version': '$LATEST' };
  switch (result.kind) {
    case 'success':
      return { headers, body: result.payload };
    case 'error':
      return { headers: { ...headers, 'x-amz-function-error': 'Unhandled' }, body: result.error };
    case 'throttled':
      throw new ServiceError(429, 'TooManyRequestsException', 'Rate Exceeded.');
  }
}

function getConfiguration(functions: Functions): RestOperation {
  return {
    name: 'GetFunctionConfiguration',
    method: 'GET',
    path: /^\/2015-03-31\/functions\/([^/]+)\/configuration$/,
    arn: functionArn,
    handle: (call) => ({ body: describe(findFunction(functions, call)) }),
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

function concurrencyOperation(
  functions: Functions,
  name: string,
  method: string,
  version: string,
  perform: (fn: LambdaFunction, call: RestCall) => RestResult,
): RestOperation {
  return {
    name,
    method,
    path: new RegExp(`^/${version}/functions/([^/]+)/concurrency$`),
    arn: functionArn,
    handle: (call) => perform(findFunction(functions, call), call),
  };
}

function concurrencyResult(functions: Functions, { functionName }: LambdaFunction): RestResult {
  const reserved = functions.reservedConcurrency(functionName);
  return { body: reserved === undefined ? {} : { ReservedConcurrentExecutions: reserved } };
}

function parseConcurrency(body: string): number {
  const { ReservedConcurrentExecutions: reserved } = JSON.parse(body);
  if (Number.isInteger(reserved) && reserved >= 0) return reserved;
  throw new ServiceError(
    400,
    'InvalidParameterValueException',
    `Value '${reserved}' at 'reservedConcurrentExecutions' failed to satisfy constraint: Member must have value greater than or equal to 0`,
  );
}

/** Lambda accepts a function's name and its ARN. */
function findFunction(functions: Functions, call: RestCall): LambdaFunction {
  const found = functions.find(call.parameters[0] ?? '');
  if (found) return found;
  const message = `Function not found: ${functionArn(call)}`;
  throw new ServiceError(404, 'ResourceNotFoundException', message);
}

function functionArn({ parameters: [nameOrArn = ''], scope }: RestCall): string {
  return nameOrArn.startsWith('arn:')
    ? nameOrArn
    : regionalArn(scope, 'lambda', `function:${nameOrArn}`);
}
