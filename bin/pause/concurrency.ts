import {
  DeleteFunctionConcurrencyCommand,
  GetFunctionConcurrencyCommand,
  type LambdaClient,
  PutFunctionConcurrencyCommand,
} from '@aws-sdk/client-lambda';
import type { FunctionName } from '../../infra/bundle.ts';
import { functionNameOf } from '../../infra/names.ts';
import { askLambda } from '../functions/ask-lambda.ts';

/** A function, and how many of it may run at once; undefined for as many as the account allows. */
export interface FunctionConcurrency {
  readonly functionName: string;
  readonly before: number | undefined;
  readonly after: number | undefined;
}

type Lambda = Pick<LambdaClient, 'send'>;

/** In the order in which they are changed: new pods depend on the first. */
const FUNCTIONS: readonly FunctionName[] = ['refresh', 'sweep'];

/**
 * Gives both functions of a cluster a reserved concurrency, or takes it away, and tells what each had before. What is so
 * already is left as it is.
 *
 * @param onChanged - hears of each function once it is as wanted: where the second fails, the first is said all the same
 */
export async function setConcurrency(
  lambda: Lambda,
  clusterName: string,
  wanted: Readonly<Partial<Record<FunctionName, number | undefined>>>,
  onChanged: (changed: FunctionConcurrency) => void,
): Promise<readonly FunctionConcurrency[]> {
  const changes: FunctionConcurrency[] = [];
  for (const name of FUNCTIONS) {
    const functionName = functionNameOf(clusterName, name);
    const before = await reservedConcurrency(lambda, functionName);
    const after = wanted[name];
    if (before !== after) await reserve(lambda, functionName, after);
    const changed = { functionName, before, after };
    changes.push(changed);
    onChanged(changed);
  }
  return changes;
}

async function reservedConcurrency(lambda: Lambda, functionName: string) {
  const { ReservedConcurrentExecutions } = await askLambda({
    functionName,
    permission: 'lambda:GetFunctionConcurrency',
    send: () => lambda.send(new GetFunctionConcurrencyCommand({ FunctionName: functionName })),
  });
  return ReservedConcurrentExecutions;
}

async function reserve(
  lambda: Lambda,
  functionName: string,
  concurrency: number | undefined,
): Promise<void> {
  const FunctionName = functionName;
  if (concurrency === undefined) {
    await askLambda({
      functionName,
      permission: 'lambda:DeleteFunctionConcurrency',
      send: () => lambda.send(new DeleteFunctionConcurrencyCommand({ FunctionName })),
    });
    return;
  }
  const input = { FunctionName, ReservedConcurrentExecutions: concurrency };
  await askLambda({
    functionName,
    permission: 'lambda:PutFunctionConcurrency',
    send: () => lambda.send(new PutFunctionConcurrencyCommand(input)),
  });
}
