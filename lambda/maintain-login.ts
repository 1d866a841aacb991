import { errorMessageOf } from '../contract/errors.ts';
import { abortable } from '../kubernetes/cached-value.ts';
import type { Container } from './container.ts';
import { addLoginMetrics } from './report/metrics.ts';

/** A pass must not wait longer for a rotation, which can also succeed before the next pass. In milliseconds. */
const TIMEOUT_MS = 10_000;

/** Rotates the login to the cluster if it is due, and reports when it expires. Never throws. */
export async function maintainLogin(container: Container, signal: AbortSignal): Promise<void> {
  const { deps, logger, metrics } = container;
  if (container.maintainLogin === undefined) return;
  try {
    const limited = AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]);
    const report = await abortable(container.maintainLogin(limited), limited);
    if (report === undefined) return;
    const { explanation, expiresAt } = report;
    addLoginMetrics(metrics, report, deps.now());
    if (report.result === 'rotated') logger.info('rotated the login to the cluster', { expiresAt });
    if (explanation !== undefined) {
      logger.warn('could not rotate the login to the cluster', { explanation, expiresAt });
    }
  } catch (error) {
    // The pass needs the login too, and fails for the same reason.
    logger.warn('could not read the login to the cluster', { explanation: errorMessageOf(error) });
  }
}
