import { describe, expect, it } from 'vitest';
import { createHealth } from '../../../../forwarder/monitoring/health.ts';

function createTestHealth() {
  let now = 1_000_000;
  const health = createHealth({ now: () => new Date(now) });
  const advance = (seconds: number) => {
    now += seconds * 1_000;
  };
  return { health, advance };
}

describe('createHealth', () => {
  it('is live while watches end and start, even if none succeeds', () => {
    const { health, advance } = createTestHealth();
    for (let turn = 0; turn < 10; turn += 1) {
      advance(170);
      health.ended();
    }
    expect(health.isLive()).toBe(true);
    expect(health.isReady()).toBe(false);
  });

  it('is not live after three minutes without activity', () => {
    const { health, advance } = createTestHealth();
    health.opened();
    advance(179);
    health.received();
    advance(179);
    expect(health.isLive()).toBe(true);
    advance(1);
    expect(health.isLive()).toBe(false);
  });

  it('is ready while a watch is open and for a minute after it ended', () => {
    const { health, advance } = createTestHealth();
    expect(health.isReady()).toBe(false);
    health.opened();
    advance(1_000);
    expect(health.isReady()).toBe(true);
    health.ended();
    advance(59);
    health.ended();
    expect(health.isReady()).toBe(true);
    advance(1);
    expect(health.isReady()).toBe(false);
  });
});
