import { LambdaClient } from '@aws-sdk/client-lambda';

/** A run of `refresh` takes 50 seconds at most; whoever invokes it waits for its answer. In milliseconds. */
const TIMEOUTS = { connectionTimeout: 5_000, requestTimeout: 70_000, throwOnRequestTimeout: true };

/** Lambda in a region, by the SDK's default credentials, with the patience that an invocation takes. */
export function connectFunctions(region: string): LambdaClient {
  return new LambdaClient({ region, requestHandler: TIMEOUTS });
}
