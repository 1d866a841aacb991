import { Logger } from '@aws-lambda-powertools/logger';
import { injectLambdaContext } from '@aws-lambda-powertools/logger/middleware';
import { logMetrics } from '@aws-lambda-powertools/metrics/middleware';
import middy from '@middy/core';
import type { Context } from 'aws-lambda';
import { readConfig } from './config.ts';
import type { PASS } from './contract/pass.ts';
import { createPassDeps } from './pass-deps.ts';
import { readPassEvent } from './read-pass-event.ts';
import { createChangeLog } from './report/change-log.ts';
import { addRunMetrics, createMetrics } from './report/metrics.ts';
import { runPass } from './run-pass.ts';

/** A run stops acting this long before Lambda ends it, in milliseconds: time for the report. */
const REPORT_MILLISECONDS = 3_000;

/** The share of a run's time after which it looks no further and acts on what it has seen. */
const OBSERVING_SHARE = 0.5;

/**
 * Makes the handler of a function, and with it everything that a container keeps: clients, connections, the cluster's
 * address, the token, the memory of what keeps failing.
 *
 * @param acting - the pass that the function carries out
 * @throws {ConfigError} when the environment is not what the stack sets
 */
export function createHandler(acting: typeof PASS.refresh | typeof PASS.sweep) {
  const config = readConfig();
  const logger = new Logger({
    serviceName: acting,
    persistentLogAttributes: { cluster: config.clusterName },
  });
  const metrics = createMetrics(acting, config.clusterName);
  const deps = createPassDeps(config, {
    changeLog: createChangeLog(logger),
    addMetrics: (report) => addRunMetrics(metrics, report),
  });

  return middy()
    .use(injectLambdaContext(logger))
    .use(logMetrics(metrics))
    .handler((event: unknown, context: Context) => {
      const milliseconds = Math.max(0, context.getRemainingTimeInMillis() - REPORT_MILLISECONDS);
      return runPass(deps, readPassEvent(event, acting), acting, {
        observing: AbortSignal.timeout(Math.floor(milliseconds * OBSERVING_SHARE)),
        acting: AbortSignal.timeout(milliseconds),
      });
    });
}
