import type { Metrics } from '@aws-lambda-powertools/metrics';
import { MetricUnit } from '@aws-lambda-powertools/metrics';
import { errorMessageOf } from '../../contract/errors.ts';
import { METRICS } from '../../contract/metrics.ts';
import { INVOCATION_SECONDS } from '../../contract/pass.ts';
import {
  type Container,
  type HandleEvent,
  invoke,
  type ServiceName,
} from '../../lambda/container.ts';

/** One of the functions, in this process. */
export interface Service {
  /**
   * Handles an event as an invocation of the function does, with the same limit of time, and writes its metrics.
   *
   * @throws what the function throws, after it was logged and counted
   */
  invoke(event: unknown, stop: AbortSignal): Promise<unknown>;
}

/** Creates a function of this process. */
export function createService(
  name: ServiceName,
  container: Container,
  handle: HandleEvent,
): Service {
  const timeoutMs = INVOCATION_SECONDS[name] * 1_000;
  return {
    async invoke(event, stop) {
      const { logger, metrics } = container;
      try {
        const response = await invoke(container, handle, event, timeoutMs, stop);
        countFailure(metrics, false);
        return response;
      } catch (error) {
        // Somebody else leads, or the process ends: its own doing, and no failure.
        if (!stop.aborted) {
          countFailure(metrics, true);
          logger.error(`${name} failed`, {
            reason: error instanceof Error ? error.name : 'unknown',
            explanation: errorMessageOf(error),
          });
        }
        throw error;
      } finally {
        metrics.publishStoredMetrics();
      }
    },
  };
}

/** In place of the metric `Errors` of a Lambda function. */
function countFailure(metrics: Metrics, hasFailed: boolean): void {
  metrics.addMetric(METRICS.invocationsFailed, MetricUnit.Count, hasFailed ? 1 : 0);
}

/** Returns a service that handles one event at a time, in their order: a pass is never performed twice at once. */
export function oneAtATime(service: Service): Service {
  let last: Promise<unknown> = Promise.resolve();
  return {
    invoke(event, stop) {
      const result = last.then(() => {
        stop.throwIfAborted();
        return service.invoke(event, stop);
      });
      last = result.catch(() => {});
      return result;
    },
  };
}
