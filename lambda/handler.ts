import { injectLambdaContext } from '@aws-lambda-powertools/logger/middleware';
import { logMetrics } from '@aws-lambda-powertools/metrics/middleware';
import middy from '@middy/core';
import type { Context } from 'aws-lambda';
import { readConfig } from './config.ts';
import { createContainer, type HandleEvent, invoke, type ServiceName } from './container.ts';
import { functionClients } from './function-clients.ts';

/**
 * Creates the handler of a Lambda function, and its container.
 *
 * @param service - name of the function in its log and metrics
 * @throws {ConfigError} when the environment is invalid
 */
export function createHandler(service: ServiceName, handle: HandleEvent) {
  const container = createContainer(service, readConfig(), functionClients);
  return middy()
    .use(injectLambdaContext(container.logger))
    .use(logMetrics(container.metrics))
    .handler((event: unknown, context: Context) =>
      invoke(container, handle, event, context.getRemainingTimeInMillis()),
    );
}
