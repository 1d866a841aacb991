import {
  DeleteFunctionConcurrencyCommand,
  GetFunctionConcurrencyCommand,
  type LambdaClient,
  PutFunctionConcurrencyCommand,
} from '@aws-sdk/client-lambda';
import type { FunctionName } from '../../infra/functions/bundle.ts';
import { functionNameOf } from '../../infra/names.ts';
import { askLambda, type FunctionsPlace } from './ask-lambda.ts';

/** A function, and how many of it may run at once; undefined for as many as the account allows. */
export interface FunctionConcurrency {
  readonly functionName: string;
  readonly before: number | undefined;
  readonly after: number | undefined;
}

/** What became of both functions. */
export interface ConcurrencyChange {
  /** Those that are as wanted. */
  readonly functions: readonly FunctionConcurrency[];
  /** What kept the next one from being so. */
  readonly failure?: Error;
}

/** What a function's reserved concurrency is to be, by what it is. */
export type Wanted = (name: FunctionName, before: number | undefined) => number | undefined;

type Lambda = Pick<LambdaClient, 'send'>;

/** In the order in which they are changed: new pods depend on the first. */
const FUNCTIONS: readonly FunctionName[] = ['refresh', 'sweep'];

/**
 * Gives both functions of a cluster a reserved concurrency, or takes it away, and tells what each had before. What is so
 * already is left as it is. Where one fails, what was done before is told all the same.
 *
 * @param onChanged - hears of each function once it is as wanted
 */
export async function setConcurrency(
  lambda: Lambda,
  place: FunctionsPlace,
  wanted: Wanted,
  onChanged: (changed: FunctionConcurrency) => void,
): Promise<ConcurrencyChange> {
  const functions: FunctionConcurrency[] = [];
  try {
    for (const name of FUNCTIONS) {
      const before = await reservedConcurrency(lambda, place, name);
      const after = wanted(name, before);
      if (before !== after) await reserve(lambda, place, name, after);
      const changed = { functionName: functionNameOf(place.clusterName, name), before, after };
      functions.push(changed);
      onChanged(changed);
    }
    return { functions };
  } catch (error) {
    return { functions, failure: error instanceof Error ? error : new Error(String(error)) };
  }
}

async function reservedConcurrency(lambda: Lambda, place: FunctionsPlace, name: FunctionName) {
  const { ReservedConcurrentExecutions } = await askLambda({
    place,
    name,
    permission: 'lambda:GetFunctionConcurrency',
    send: (FunctionName) => lambda.send(new GetFunctionConcurrencyCommand({ FunctionName })),
  });
  return ReservedConcurrentExecutions;
}

async function reserve(
  lambda: Lambda,
  place: FunctionsPlace,
  name: FunctionName,
  concurrency: number | undefined,
): Promise<void> {
  if (concurrency === undefined) {
    await askLambda({
      place,
      name,
      permission: 'lambda:DeleteFunctionConcurrency',
      send: (FunctionName) => lambda.send(new DeleteFunctionConcurrencyCommand({ FunctionName })),
    });
    return;
  }
  const ReservedConcurrentExecutions = concurrency;
  await askLambda({
    place,
    name,
    permission: 'lambda:PutFunctionConcurrency',
    send: (FunctionName) =>
      lambda.send(
        new PutFunctionConcurrencyCommand({ FunctionName, ReservedConcurrentExecutions }),
      ),
  });
}
