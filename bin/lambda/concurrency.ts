import {
  DeleteFunctionConcurrencyCommand,
  GetFunctionConcurrencyCommand,
  type LambdaClient,
  PutFunctionConcurrencyCommand,
} from '@aws-sdk/client-lambda';
import { FUNCTION_NAMES, type FunctionName, functionNameOf } from '../../infra/names.ts';
import { callLambda, type FunctionLocation } from './call-lambda.ts';

/** Reserved concurrency of a function before and after a change; undefined if none is reserved. */
export interface FunctionConcurrency {
  readonly functionName: string;
  readonly before: number | undefined;
  readonly after: number | undefined;
}

/** Result of {@link setConcurrency}. */
export interface ConcurrencyChange {
  /** The functions that have the requested concurrency now. */
  readonly functions: readonly FunctionConcurrency[];
  /** The error that ended the change. */
  readonly failure?: Error;
}

/** Returns the reserved concurrency that a function is to have; undefined for none. */
export type ChooseConcurrency = (
  name: FunctionName,
  before: number | undefined,
) => number | undefined;

type Lambda = Pick<LambdaClient, 'send'>;

/**
 * Sets or removes the reserved concurrency of the functions of a cluster. A function that has it already is not
 * changed. If a call fails, the result contains what was changed before.
 *
 * @param onChanged - called for each function that has the requested concurrency
 */
export async function setConcurrency(
  lambda: Lambda,
  location: FunctionLocation,
  choose: ChooseConcurrency,
  onChanged: (changed: FunctionConcurrency) => void,
): Promise<ConcurrencyChange> {
  const functions: FunctionConcurrency[] = [];
  try {
    for (const name of FUNCTION_NAMES) {
      const before = await reservedConcurrency(lambda, location, name);
      const after = choose(name, before);
      if (before !== after) await reserve(lambda, location, name, after);
      const changed = { functionName: functionNameOf(location.clusterName, name), before, after };
      functions.push(changed);
      onChanged(changed);
    }
    return { functions };
  } catch (error) {
    return { functions, failure: error instanceof Error ? error : new Error(String(error)) };
  }
}

async function reservedConcurrency(lambda: Lambda, location: FunctionLocation, name: FunctionName) {
  const { ReservedConcurrentExecutions } = await callLambda({
    location,
    name,
    permission: 'lambda:GetFunctionConcurrency',
    send: (FunctionName) => lambda.send(new GetFunctionConcurrencyCommand({ FunctionName })),
  });
  return ReservedConcurrentExecutions;
}

async function reserve(
  lambda: Lambda,
  location: FunctionLocation,
  name: FunctionName,
  concurrency: number | undefined,
): Promise<void> {
  if (concurrency === undefined) {
    await callLambda({
      location,
      name,
      permission: 'lambda:DeleteFunctionConcurrency',
      send: (FunctionName) => lambda.send(new DeleteFunctionConcurrencyCommand({ FunctionName })),
    });
    return;
  }
  const ReservedConcurrentExecutions = concurrency;
  await callLambda({
    location,
    name,
    permission: 'lambda:PutFunctionConcurrency',
    send: (FunctionName) =>
      lambda.send(
        new PutFunctionConcurrencyCommand({ FunctionName, ReservedConcurrentExecutions }),
      ),
  });
}
