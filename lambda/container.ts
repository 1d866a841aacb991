import { Logger } from '@aws-lambda-powertools/logger';
import type { Metrics } from '@aws-lambda-powertools/metrics';
import type { RefresherConfig } from './config.ts';
import {
  type Clients,
  createHandlerDeps,
  type HandlerDeps,
  type WarmUpDeps,
} from './handler-deps.ts';
import { type CallMeter, createCallMeter } from './report/call-meter.ts';
import { createChangeLog } from './report/change-log.ts';
import { createLogFormatter } from './report/log-formatter.ts';
import {
  addCallMetrics,
  addPassMetrics,
  addPodEventMetrics,
  createMetricsLogger,
} from './report/metrics.ts';

/** The names of the functions in their logs and metrics. */
export type ServiceName = 'refresh' | 'sweep' | 'events';

/**
 * What is kept between invocations of a function: clients, connections, the cluster's address, the token, and the back-off of
 * failing roles. In Lambda, each container of a function has its own. The refresher in the cluster is one process with one of
 * each function.
 */
export interface Container {
  readonly deps: HandlerDeps & WarmUpDeps;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly meter: CallMeter;
  readonly maintainLogin?: Clients['maintainLogin'];
}

/** When an invocation must stop. */
export interface InvocationLimits {
  /** Time until it must stop acting, in milliseconds. */
  readonly remainingMs: number;
  /** Stops it earlier when it aborts: the process no longer leads. Absent in Lambda. */
  readonly stop?: AbortSignal | undefined;
}

/**
 * Returns a signal that aborts when an invocation must stop.
 *
 * @param share - of the remaining time, after which it aborts
 */
export function signalOf({ remainingMs, stop }: InvocationLimits, share = 1): AbortSignal {
  const timeout = AbortSignal.timeout(Math.floor(remainingMs * share));
  return stop === undefined ? timeout : AbortSignal.any([timeout, stop]);
}

/** Handles an event of a function and returns the response. */
export type HandleEvent = (
  container: Container,
  event: unknown,
  limits: InvocationLimits,
) => Promise<unknown>;

/**
 * Creates the container of a function. Call it once.
 *
 * @param service - name of the function in its log and metrics
 * @param connect - creates the clients, which count their requests in the meter
 */
export function createContainer(
  service: ServiceName,
  config: RefresherConfig,
  connect: (config: RefresherConfig, meter: CallMeter) => Clients,
): Container {
  const logger = new Logger({
    serviceName: service,
    persistentLogAttributes: { cluster: config.clusterName },
    logFormatter: createLogFormatter(),
  });
  const meter = createCallMeter();
  const metrics = createMetricsLogger(service, config.clusterName);
  const clients = connect(config, meter);
  const deps = createHandlerDeps(
    config,
    clients,
    {
      changeLog: createChangeLog(logger),
      addMetrics: (report) => addPassMetrics(metrics, report),
      addPodEventMetrics: (report) => addPodEventMetrics(metrics, report),
    },
    { log: logger, reportingInstance: `${service}@${config.clusterName}` },
  );
  return { deps, logger, metrics, meter, maintainLogin: clients.maintainLogin };
}

/** How long before the end of its time an invocation stops acting, in milliseconds: time to write the report. */
const REPORTING_MS = 3_000;

/**
 * Handles an event in a container, and adds the metrics of its requests even if it fails. The caller writes the metrics.
 *
 * @param timeoutMs - time that the invocation has left, in milliseconds
 * @param stop - stops it earlier
 */
export async function invoke(
  container: Container,
  handle: HandleEvent,
  event: unknown,
  timeoutMs: number,
  stop?: AbortSignal,
): Promise<unknown> {
  const remainingMs = Math.max(0, timeoutMs - REPORTING_MS);
  try {
    return await handle(container, event, { remainingMs, stop });
  } finally {
    addCallMetrics(container.metrics, container.meter.take());
  }
}
