import { isDeepStrictEqual } from 'node:util';
import { errorMessageOf } from '../contract/errors.ts';
import { WARM_UP_EVENT } from '../contract/pod-event.ts';
import { type Container, type InvocationLimits, signalOf } from './container.ts';
import { readPodEvent } from './read-pod-event.ts';
import { addMalformedPodEvent, addWarmUpMetrics } from './report/metrics.ts';
import { runPodEvent } from './run-pod-event.ts';

/** Handles a pod event, or the event of the schedule that keeps a container warm. */
export async function handlePodEvent(
  container: Container,
  event: unknown,
  limits: InvocationLimits,
) {
  const { deps, logger, metrics } = container;
  const signal = signalOf(limits);
  if (isWarmUp(event)) return warmUp(container, signal);
  const parsed = readPodEvent(event);
  if ('malformed' in parsed) {
    addMalformedPodEvent(metrics);
    logger.warn('dropped a malformed pod event', { explanation: parsed.malformed });
    return { dropped: parsed.malformed };
  }
  return runPodEvent(deps, parsed, signal);
}

/** EventBridge adds fields to every event from the bus, so none of them is a warm-up. */
function isWarmUp(event: unknown): boolean {
  return isDeepStrictEqual(event, WARM_UP_EVENT);
}

/**
 * Prepares the container for the next pod event. A failure is logged and not thrown: it would repeat the alarm about the
 * refresh function, which needs the same cluster.
 */
async function warmUp({ deps, logger, metrics }: Container, signal: AbortSignal) {
  addWarmUpMetrics(metrics);
  try {
    await deps.warmUp(signal);
    return { isWarm: true };
  } catch (error) {
    const explanation = errorMessageOf(error);
    logger.warn('could not prepare for pod events', { explanation });
    return { isWarm: false, explanation };
  }
}
