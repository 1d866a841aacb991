import { LambdaClient } from '@aws-sdk/client-lambda';
import { type FunctionName, functionNameOf } from '../../infra/names.ts';
import { shellCommand } from '../../tools/terminal/shell-quote.ts';
import type { AwsAccess } from '../aws/assumed-role.ts';
import { awsClientConfig } from '../aws/aws-client-config.ts';
import { partitionOf } from '../aws/partition-of.ts';
import { suggestCommand } from '../cluster/suggested-command.ts';

/** In milliseconds. An invocation of the refresh function takes up to 50 seconds. */
const TIMEOUTS = { connectionTimeout: 5_000, requestTimeout: 70_000 };

/** Creates a Lambda client with timeouts that outlast an invocation of the refresh function. */
export function createLambdaClient(region: string, access?: AwsAccess): LambdaClient {
  return new LambdaClient(awsClientConfig(region, TIMEOUTS, access));
}

/** Where the functions of a cluster are deployed. */
export interface FunctionLocation {
  readonly clusterName: string;
  readonly region: string;
  /** Undefined if unknown; the account of the credentials is used. */
  readonly account?: string | undefined;
}

/** A call to the Lambda API about a function of a cluster. */
interface LambdaCall<T> {
  readonly location: FunctionLocation;
  readonly name: FunctionName;
  /** IAM permission that the call needs, e.g. `lambda:InvokeFunction`. */
  readonly permission: string;
  /** Sends the call for a function name or ARN. */
  readonly send: (functionName: string) => Promise<T>;
}

/**
 * Calls Lambda. If the account is known, the function is named by its ARN: Lambda then rejects credentials of another
 * account, which may have a cluster of the same name.
 *
 * @throws an error that names the function, the cause and the remedy
 */
export async function callLambda<T>(call: LambdaCall<T>): Promise<T> {
  try {
    return await call.send(arnOrName(call));
  } catch (cause) {
    const { name, message } = cause instanceof Error ? cause : new Error(String(cause));
    throw new Error(describeFailure(call, name, message), { cause });
  }
}

/** Whether {@link callLambda} failed because the function does not exist. */
export function isFunctionMissing(error: unknown): boolean {
  const cause = error instanceof Error ? error.cause : undefined;
  return cause instanceof Error && cause.name === 'ResourceNotFoundException';
}

function arnOrName({ location, name }: LambdaCall<unknown>): string {
  const { clusterName, region, account } = location;
  const functionName = functionNameOf(clusterName, name);
  if (account === undefined) return functionName;
  return `arn:${partitionOf(region)}:lambda:${region}:${account}:function:${functionName}`;
}

function describeFailure(
  { location, name, permission }: LambdaCall<unknown>,
  error: string,
  message: string,
): string {
  const { clusterName, region, account } = location;
  const where = account === undefined ? region : `${region}, account ${account}`;
  const shownName = `function ${functionNameOf(clusterName, name)} (${where})`;
  switch (error) {
    case 'AccessDeniedException':
      return `missing permission ${permission} on ${shownName}: request it, or log in to the account of the cluster (${message})`;
    case 'ResourceNotFoundException':
      return `${shownName} does not exist: correct cluster name, region or account (AWS_PROFILE), or deploy the stack`;
    case 'TooManyRequestsException': {
      const resume = suggestCommand({ name: 'resume' }, { cluster: clusterName, region });
      return `${shownName} is throttled (${message}): it is paused (to resume: ${resume}), or the concurrency limit of the account is reached`;
    }
    case 'InvalidParameterValueException': {
      const remove = shellCommand`aws lambda delete-function-concurrency --function-name ${functionNameOf(clusterName, name)} --region ${region}`;
      return `${permission} failed for ${shownName} (${message}): raise the concurrency quota of the account, or set "reservedConcurrency" in cdk.json as the runbook describes; until then, run: ${remove}`;
    }
    case 'ProxyError':
      return `${permission} failed for ${shownName}: ${message}`;
    default:
      return `${permission} failed for ${shownName} (${error}: ${message}): log in to AWS, and check AWS_PROFILE and the region`;
  }
}
