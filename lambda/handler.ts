import { Logger } from '@aws-lambda-powertools/logger';
import { injectLambdaContext } from '@aws-lambda-powertools/logger/middleware';
import { logMetrics } from '@aws-lambda-powertools/metrics/middleware';
import middy from '@middy/core';
import type { Context } from 'aws-lambda';
import { PASS } from '../contract/pass.ts';
import { readConfig } from './config.ts';
import { createHandlerDeps } from './handler-deps.ts';
import { readPassEvent } from './read-pass-event.ts';
import { isBusEvent, readPodEvent } from './read-pod-event.ts';
import { createCallMeter } from './report/call-meter.ts';
import { createChangeLog } from './report/change-log.ts';
import { createLogFormatter } from './report/log-formatter.ts';
import {
  addCallMetrics,
  addMalformedPodEvent,
  addPassMetrics,
  addPodEventMetrics,
  createMetricsLogger,
} from './report/metrics.ts';
import { runPass } from './run-pass.ts';
import { runPodEvent } from './run-pod-event.ts';

/** How long before Lambda's timeout a pass stops acting, in milliseconds: time to write the report. */
const REPORTING_MS = 3_000;

/** Share of the remaining time after which a pass aborts its lists and acts on what it has received. */
const OBSERVING_SHARE = 0.5;

/**
 * Creates the handler of a function and everything that its container keeps between invocations: clients, connections,
 * the cluster's address, the token, and the back-off of failing roles.
 *
 * @param ownPass - the pass that the function performs; the refresh function also handles pod events
 * @throws {ConfigError} when the environment is invalid
 */
export function createHandler(ownPass: typeof PASS.refresh | typeof PASS.sweep) {
  const config = readConfig();
  const logger = new Logger({
    serviceName: ownPass,
    persistentLogAttributes: { cluster: config.clusterName },
    logFormatter: createLogFormatter(),
  });
  const meter = createCallMeter();
  const metrics = createMetricsLogger(ownPass, config.clusterName);
  const deps = createHandlerDeps(
    config,
    {
      changeLog: createChangeLog(logger),
      addMetrics: (report) => addPassMetrics(metrics, report),
      addPodEventMetrics: (report) => addPodEventMetrics(metrics, report),
    },
    meter,
    { log: logger, reportingInstance: `${ownPass}@${config.clusterName}` },
  );

  async function handlePass(event: unknown, remainingMs: number) {
    const result = await runPass(deps, readPassEvent(event, ownPass), ownPass, {
      observing: AbortSignal.timeout(Math.floor(remainingMs * OBSERVING_SHARE)),
      acting: AbortSignal.timeout(remainingMs),
    });
    // Loads the Secret writer, so that the next pod event does not wait for it.
    if (ownPass === PASS.refresh) await deps.secretApi();
    return result;
  }

  async function handlePodEvent(event: unknown, remainingMs: number) {
    const parsed = readPodEvent(event);
    if ('malformed' in parsed) {
      addMalformedPodEvent(metrics);
      logger.warn('dropped a malformed pod event', { explanation: parsed.malformed });
      return { dropped: parsed.malformed };
    }
    return runPodEvent(deps, parsed, AbortSignal.timeout(remainingMs));
  }

  return middy()
    .use(injectLambdaContext(logger))
    .use(logMetrics(metrics))
    .handler(async (event: unknown, context: Context) => {
      const remainingMs = Math.max(0, context.getRemainingTimeInMillis() - REPORTING_MS);
      const isPodEvent = ownPass === PASS.refresh && isBusEvent(event);
      try {
        return await (isPodEvent ? handlePodEvent : handlePass)(event, remainingMs);
      } finally {
        addCallMetrics(metrics, meter.take());
      }
    });
}
