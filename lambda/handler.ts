import { Logger } from '@aws-lambda-powertools/logger';
import { injectLambdaContext } from '@aws-lambda-powertools/logger/middleware';
import type { Metrics } from '@aws-lambda-powertools/metrics';
import { logMetrics } from '@aws-lambda-powertools/metrics/middleware';
import middy from '@middy/core';
import type { Context } from 'aws-lambda';
import { readConfig } from './config.ts';
import { createHandlerDeps, type HandlerDeps, type WarmUpDeps } from './handler-deps.ts';
import { createCallMeter } from './report/call-meter.ts';
import { createChangeLog } from './report/change-log.ts';
import { createLogFormatter } from './report/log-formatter.ts';
import {
  addCallMetrics,
  addPassMetrics,
  addPodEventMetrics,
  createMetricsLogger,
} from './report/metrics.ts';

/** How long before Lambda's timeout an invocation stops acting, in milliseconds: time to write the report. */
const REPORTING_MS = 3_000;

/** What a container keeps between invocations. */
export interface Container {
  readonly deps: HandlerDeps & WarmUpDeps;
  readonly logger: Logger;
  readonly metrics: Metrics;
}

/**
 * Handles an event of a function and returns the response.
 *
 * @param remainingMs - time until the invocation must stop acting, in milliseconds
 */
export type HandleEvent = (
  container: Container,
  event: unknown,
  remainingMs: number,
) => Promise<unknown>;

/**
 * Creates the handler of a function and everything that its container keeps between invocations: clients, connections,
 * the cluster's address, the token, and the back-off of failing roles.
 *
 * @param service - name of the function in its log and metrics
 * @throws {ConfigError} when the environment is invalid
 */
export function createHandler(service: string, handle: HandleEvent) {
  const config = readConfig();
  const logger = new Logger({
    serviceName: service,
    persistentLogAttributes: { cluster: config.clusterName },
    logFormatter: createLogFormatter(),
  });
  const meter = createCallMeter();
  const metrics = createMetricsLogger(service, config.clusterName);
  const deps = createHandlerDeps(
    config,
    {
      changeLog: createChangeLog(logger),
      addMetrics: (report) => addPassMetrics(metrics, report),
      addPodEventMetrics: (report) => addPodEventMetrics(metrics, report),
    },
    meter,
    { log: logger, reportingInstance: `${service}@${config.clusterName}` },
  );
  return middy()
    .use(injectLambdaContext(logger))
    .use(logMetrics(metrics))
    .handler(async (event: unknown, context: Context) => {
      const remainingMs = Math.max(0, context.getRemainingTimeInMillis() - REPORTING_MS);
      try {
        return await handle({ deps, logger, metrics }, event, remainingMs);
      } finally {
        addCallMetrics(metrics, meter.take());
      }
    });
}
