import type { FunctionName } from '../../infra/functions/bundle.ts';
import { functionNameOf } from '../../infra/names.ts';
import { partitionOf } from '../cluster/cluster-place.ts';
import { printedCommand } from '../cluster/printed-command.ts';

/** Where the functions of a cluster are. */
export interface FunctionsPlace {
  readonly clusterName: string;
  readonly region: string;
  /** The account that they are in; undefined where nobody knows, and that of the credentials has to do. */
  readonly account?: string | undefined;
}

/** A call to Lambda about a function of a cluster. */
export interface LambdaCall<T> {
  readonly place: FunctionsPlace;
  readonly name: FunctionName;
  /** What the caller needs for it, e.g. `lambda:InvokeFunction`. */
  readonly permission: string;
  /** Makes it, of the function by this name or ARN. */
  readonly send: (functionName: string) => Promise<T>;
}

/**
 * Makes a call to Lambda. Where the account is known, the function is named by its ARN: to credentials of another account,
 * in which there may be a cluster of the same name, Lambda refuses that.
 *
 * @throws an error that names function, cause and remedy
 */
export async function askLambda<T>(call: LambdaCall<T>): Promise<T> {
  try {
    return await call.send(arnOrName(call));
  } catch (cause) {
    const { name, message } = cause instanceof Error ? cause : new Error(String(cause));
    throw new Error(explain(call, name, message), { cause });
  }
}

function arnOrName({ place, name }: LambdaCall<unknown>): string {
  const { clusterName, region, account } = place;
  const functionName = functionNameOf(clusterName, name);
  if (account === undefined) return functionName;
  return `arn:${partitionOf(region)}:lambda:${region}:${account}:function:${functionName}`;
}

function explain({ place, name, permission }: LambdaCall<unknown>, error: string, message: string) {
  const { clusterName, region, account } = place;
  const where = account === undefined ? region : `${region} of account ${account}`;
  const named = `function ${functionNameOf(clusterName, name)} in ${where}`;
  switch (error) {
    case 'AccessDeniedException':
      return `you may not ${permission} on ${named}: ask for that right, or log in to the account of the cluster (${message})`;
    case 'ResourceNotFoundException':
      return `there is no ${named}: correct the name of the cluster, the region or the account (AWS_PROFILE), or deploy the stack`;
    case 'TooManyRequestsException': {
      const resume = printedCommand({ name: 'resume' }, { cluster: clusterName, region });
      return `${named} takes no invocation (${message}): it is paused (${resume}), or the concurrency of the account is used up`;
    }
    default:
      return `Lambda did not answer ${permission} for ${named} (${error}: ${message}): log in to AWS, and look at AWS_PROFILE and the region`;
  }
}
