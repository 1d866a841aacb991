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
  addPodEventMetrics,
  addPassMetrics,
  createMetricsLogger,
} from './report/metrics.ts';
import { runPass } from './run-pass.ts';
import { runPodEvent } from './run-pod-event.ts';

/** A run stops acting this long before Lambda ends it, in milliseconds: time for the report. */
const REPORT_MILLISECONDS = 3_000;

/** The share of a run's time after which it looks no further and acts on what it has seen. */
const OBSERVING_SHARE = 0.5;

/**
 * Makes the handler of a function, and with it everything that a container keeps: clients, connections, the cluster's
 * address, the token, the memory of what keeps failing.
 *
 * @param acting - the pass that the function carries out; `refresh` takes pod events besides
 * @throws {ConfigError} when the environment is not what the stack sets
 */
export function createHandler(acting: typeof PASS.refresh | typeof PASS.sweep) {
  const config = readConfig();
  const logger = new Logger({
    serviceName: acting,
    persistentLogAttributes: { cluster: config.clusterName },
    logFormatter: createLogFormatter(),
  });
  const meter = createCallMeter();
  const metrics = createMetricsLogger(acting, config.clusterName);
  const deps = createHandlerDeps(
    config,
    {
      changeLog: createChangeLog(logger),
      addMetrics: (report) => addPassMetrics(metrics, report),
      addPodEventMetrics: (report) => addPodEventMetrics(metrics, report),
    },
    meter,
    { log: logger, reportingInstance: `${acting}@${config.clusterName}` },
  );

  async function pass(event: unknown, milliseconds: number) {
    const result = await runPass(deps, readPassEvent(event, acting), acting, {
      observing: AbortSignal.timeout(Math.floor(milliseconds * OBSERVING_SHARE)),
      acting: AbortSignal.timeout(milliseconds),
    });
    // A pod that comes between two runs need not wait until what writes is loaded.
    if (acting === PASS.refresh) await deps.secretApi();
    return result;
  }

  async function podEvent(event: unknown, milliseconds: number) {
    const reading = readPodEvent(event);
    if ('malformed' in reading) {
      addMalformedPodEvent(metrics);
      logger.warn('dropped an event that is not what the forwarder sends', {
        explanation: reading.malformed,
      });
      return { dropped: reading.malformed };
    }
    return runPodEvent(deps, reading, AbortSignal.timeout(milliseconds));
  }

  return middy()
    .use(injectLambdaContext(logger))
    .use(logMetrics(metrics))
    .handler(async (event: unknown, context: Context) => {
      const milliseconds = Math.max(0, context.getRemainingTimeInMillis() - REPORT_MILLISECONDS);
      const isPodEvent = acting === PASS.refresh && isBusEvent(event);
      try {
        return await (isPodEvent ? podEvent(event, milliseconds) : pass(event, milliseconds));
      } finally {
        addCallMetrics(metrics, meter.take());
      }
    });
}
