import { describe, expect, it, vi } from 'vitest';
import type { LoginReport } from '../../../kubernetes/login/maintain-login.ts';
import type { Container } from '../../../lambda/container.ts';
import { maintainLogin } from '../../../lambda/maintain-login.ts';
import { FOREVER } from '../kubernetes/fake-connection.ts';

const NOW = new Date('2026-11-23T12:00:00Z');
const expiresAt = new Date(NOW.getTime() + 3_600_000);

function aContainer(maintain?: () => Promise<LoginReport>) {
  const logger = { info: vi.fn(), warn: vi.fn() };
  const metrics = { addMetric: vi.fn() };
  const deps = { now: () => NOW };
  const container = { deps, logger, metrics, maintainLogin: maintain } as unknown as Container;
  return { container, logger, metrics };
}

describe('maintainLogin', () => {
  it('does nothing on EKS', async () => {
    const { container, logger, metrics } = aContainer();
    await maintainLogin(container, FOREVER);
    expect([logger.warn, logger.info, metrics.addMetric].flatMap(({ mock }) => mock.calls)).toEqual(
      [],
    );
  });

  it('logs a rotation, with the new expiry', async () => {
    const report = { result: 'rotated', isExpiringSoon: false, expiresAt } as const;
    const { container, logger, metrics } = aContainer(async () => report);
    await maintainLogin(container, FOREVER);
    expect(logger.info).toHaveBeenCalledWith('rotated the login to the cluster', { expiresAt });
    expect(metrics.addMetric).toHaveBeenCalledWith('LoginRotationFailed', 'Count', 0);
  });

  it('logs each attempt that fails, and counts the time between', async () => {
    const failed = { result: 'failed', isExpiringSoon: true, expiresAt } as const;
    const { container, logger, metrics } = aContainer(
      vi
        .fn()
        .mockResolvedValueOnce({ ...failed, explanation: 'denied' })
        .mockResolvedValueOnce(failed),
    );
    await maintainLogin(container, FOREVER);
    await maintainLogin(container, FOREVER);
    expect(logger.warn.mock.calls).toEqual([
      ['could not rotate the login to the cluster', { explanation: 'denied', expiresAt }],
    ]);
    const counted = metrics.addMetric.mock.calls.filter(([name]) => name === 'LoginRotationFailed');
    expect(counted.map(([, , value]) => value)).toEqual([1, 1]);
  });

  it('does not wait for an answer after the pass must go on', async () => {
    const { container, logger } = aContainer(() => new Promise(() => {}));
    await maintainLogin(container, AbortSignal.abort(new Error('out of time')));
    expect(logger.warn.mock.calls).toEqual([
      ['could not read the login to the cluster', { explanation: 'out of time' }],
    ]);
  });

  it('logs an error and does not throw it: the pass fails for the same reason', async () => {
    const { container, logger } = aContainer(() => Promise.reject(new Error('no value')));
    await maintainLogin(container, FOREVER);
    expect(logger.warn.mock.calls).toEqual([
      ['could not read the login to the cluster', { explanation: 'no value' }],
    ]);
  });
});
