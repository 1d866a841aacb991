import * as z from 'zod';
import { type Assembly, resourcesOf } from '../../assembly/assembly.ts';
import type { Clock } from '../../clock.ts';
import { regionalArn } from '../arn.ts';
import { jsonErrorResponse, jsonResponse } from '../http/aws-json.ts';
import { type AwsServer, startAwsServer } from '../http/aws-server.ts';
import { ServiceError } from '../http/service-error.ts';
import type { SignedRequest } from '../http/signature-claim.ts';
import type { Iam } from '../iam/iam.ts';
import type { Session } from '../iam/session.ts';
import type { FunctionLogs } from '../lambda/function-logs.ts';

interface LogsDeps {
  readonly assembly: Assembly;
  readonly iam: Pick<Iam, 'decide' | 'findSession'>;
  readonly clock: Clock;
  readonly logs: Pick<FunctionLogs, 'append'>;
}

/** Limits of PutLogEvents (API reference). */
const MAX_SPAN_MS = 24 * 3_600_000;
const MAX_BATCH_BYTES = 1_048_576;
const BYTES_PER_EVENT = 26;
const MAX_EVENTS = 10_000;

const names = { logGroupName: z.string().min(1), logStreamName: z.string().min(1) };

/** Members of requests that are not supported are rejected. */
const REQUESTS = {
  CreateLogStream: z.strictObject(names),
  PutLogEvents: z.strictObject({
    ...names,
    logEvents: z
      .array(z.strictObject({ timestamp: z.int(), message: z.string().min(1) }))
      .min(1)
      .max(MAX_EVENTS),
  }),
};

type Operation = keyof typeof REQUESTS;
type PutLogEvents = z.output<(typeof REQUESTS)['PutLogEvents']>;

/**
 * Starts a CloudWatch Logs on a loopback address with the log groups of the assembly. It supports CreateLogStream and
 * PutLogEvents, checks the caller's policies, and appends the lines to the logs, where CloudWatch extracts metrics.
 */
export async function startLogs(deps: LogsDeps): Promise<AwsServer> {
  const { assembly, logs } = deps;
  const { region } = assembly.target;
  const groups = new Set(resourcesOf(assembly, 'log-group').map((group) => group.logGroupName));
  const streams = new Set<string>();

  function put({ logGroupName, logStreamName, logEvents }: PutLogEvents): object {
    const sizes = logEvents.map(({ message }) => Buffer.byteLength(message) + BYTES_PER_EVENT);
    if (sizes.reduce((sum, size) => sum + size, 0) > MAX_BATCH_BYTES) {
      throw new ServiceError(400, 'InvalidParameterException', 'Upload too large');
    }
    const isSorted = logEvents.every(
      ({ timestamp }, i) => i === 0 || timestamp >= (logEvents[i - 1]?.timestamp ?? 0),
    );
    if (!isSorted) {
      const message = 'Log events in a single PutLogEvents request must be in chronological order.';
      throw new ServiceError(400, 'InvalidParameterException', message);
    }
    if ((logEvents.at(-1)?.timestamp ?? 0) - (logEvents[0]?.timestamp ?? 0) > MAX_SPAN_MS) {
      const message =
        'The batch of log events in a single PutLogEvents request cannot span more than 24 hours.';
      throw new ServiceError(400, 'InvalidParameterException', message);
    }
    for (const { timestamp, message } of logEvents) {
      logs.append({
        at: new Date(timestamp),
        functionName: logStreamName,
        logGroupName,
        requestId: undefined,
        stream: 'stdout',
        text: message,
      });
    }
    return {};
  }

  return startAwsServer(deps, {
    protocol: 'aws-json',
    target: (request) => ({ action: actionOf(request), resource: undefined }),
    signingScope: () => ({ service: 'logs', region }),
    handle: async (request, caller) => {
      const operation = operationOf(request);
      const input = readInput(operation, request.body);
      const { logGroupName, logStreamName } = input;
      const path = `log-group:${logGroupName}:log-stream:${logStreamName}`;
      authorize(deps, caller, operation, regionalArn(assembly.target, 'logs', path));
      const stream = `${logGroupName}:${logStreamName}`;
      if (!groups.has(logGroupName)) throw notFound('log group');
      if ('logEvents' in input) {
        if (!streams.has(stream)) throw notFound('log stream');
        return jsonResponse(put(input));
      }
      if (streams.has(stream)) {
        const message = 'The specified log stream already exists';
        throw new ServiceError(400, 'ResourceAlreadyExistsException', message);
      }
      streams.add(stream);
      return jsonResponse({});
    },
    errorResponse: (_request, error) => jsonErrorResponse(error),
  });
}

/** @throws ServiceError unless the caller's policies allow the operation */
function authorize(
  { iam }: LogsDeps,
  caller: Session,
  operation: Operation,
  streamArn: string,
): void {
  const action = `logs:${operation}`;
  const { outcome } = iam.decide(caller, action, streamArn);
  if (outcome === 'allowed') return;
  const message = `User: ${caller.arn} is not authorized to perform: ${action} on resource: ${streamArn}`;
  throw new ServiceError(400, 'AccessDeniedException', message);
}

function actionOf({ method, headers }: SignedRequest): string {
  return headers['x-amz-target']?.replace(/^Logs_20140328\./, '') ?? method;
}

function operationOf(request: SignedRequest): Operation {
  const action = actionOf(request);
  if (Object.hasOwn(REQUESTS, action)) return action as Operation;
  const message = `The embedded CloudWatch Logs does not support ${action}`;
  throw new ServiceError(400, 'UnknownOperationException', message);
}

function readInput(operation: Operation, body: string): z.output<(typeof REQUESTS)[Operation]> {
  const parsed = REQUESTS[operation].safeParse(JSON.parse(body));
  if (parsed.success) return parsed.data;
  throw new ServiceError(400, 'InvalidParameterException', z.prettifyError(parsed.error));
}

function notFound(what: string): ServiceError {
  const message = `The specified ${what} does not exist.`;
  return new ServiceError(400, 'ResourceNotFoundException', message);
}
