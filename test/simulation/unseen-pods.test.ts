import { afterEach, describe, expect, it, vi } from 'vitest';
import { PASS } from '../../contract/pass.ts';
import {
  ALL,
  NAMESPACES,
  type Namespace,
  pages,
  playPodVisibility,
  TOTAL,
  tickets,
} from './scenarios/pod-visibility.ts';

const isNight = (hour: number) => hour % 24 >= 20 || hour % 24 < 7;

/** The most overdue renewals that a refresh has reported between two hours. */
function overdueIn(
  { reports }: Awaited<ReturnType<typeof playPodVisibility>>,
  from: number,
  until: number,
): number {
  const counts = reports.map(({ hour, report }) =>
    report.pass === PASS.refresh && hour > from && hour < until ? report.overdueForOperator : 0,
  );
  return Math.max(...counts);
}

describe('a cluster that is scaled to zero every night', { timeout: 60_000 }, () => {
  it.each<[string, readonly Namespace[]]>([
    ['completely', ALL],
    ['in part', ['shop', 'tools']],
  ])('%s needs nobody, and has no unused Secrets in the morning', async (_, empty) => {
    const result = await playPodVisibility({
      hours: 34,
      scaledToZero: (at) => (isNight(at) ? empty : []),
    });
    expect(result.violations.slice(0, 3)).toEqual([]);
    expect(pages(result)).toEqual([]);
    expect(tickets(result)).toEqual([]);
    const remaining = TOTAL - empty.reduce((sum, name) => sum + NAMESPACES[name], 0);
    // The brake holds them back until midnight.
    expect([12, 23, 25, 30, 32].map(result.secretsAt)).toEqual([
      TOTAL,
      TOTAL,
      remaining,
      remaining,
      TOTAL,
    ]);
    expect(result.marked).toBe(0);
  });
});

describe('an API server that omits running pods from complete lists', { timeout: 60_000 }, () => {
  const from = 2.02;
  it.each<[string, number, readonly Namespace[]]>([
    ['all pods for an hour', 1, ALL],
    ['all pods for three hours', 3, ALL],
    ['the pods of a large namespace for an hour', 1, ['shop']],
    ['the pods of a small namespace for three hours', 3, ['tools']],
    ['the pods of several namespaces for three hours', 3, ['bank', 'other', 'tools']],
  ])('%s costs no Secret in use, and creates a ticket', async (_, hours, missing) => {
    const result = await playPodVisibility({
      hours: 8,
      omitted: (at) => (at >= from && at < from + hours ? missing : []),
    });
    expect(result.violations.slice(0, 3)).toEqual([]);
    expect(result.secretsAt(6)).toBe(TOTAL);
    expect(result.marked).toBe(0);
    expect(pages(result)).toEqual([]);
    expect(tickets(result)).toHaveLength(1);
  });

  it('twice, with no sweep in between for four hours, costs no Secret in use', async () => {
    const result = await playPodVisibility({
      hours: 10,
      hasSweeps: (at) => at < 2.2 || at >= 6.2,
      omitted: (at) => ((at >= 2.02 && at < 2.2) || (at >= 6.2 && at < 6.6) ? ALL : []),
    });
    expect(result.violations.slice(0, 3)).toEqual([]);
    expect(result.secretsAt(9)).toBe(TOTAL);
  });

  it('does not silence the alarms on Secrets in use', async () => {
    const result = await playPodVisibility({
      hours: 5,
      omitted: (at) => (at >= from && at < from + 2 ? ALL : []),
      isTrusted: (at) => at < from,
    });
    expect(overdueIn(result, from + 0.3, from + 0.9)).toBeGreaterThan(TOTAL / 2);
  });
});

describe('the worlds detect a product', { timeout: 60_000 }, () => {
  const BRAKE_MODULE = '../../lambda/decide/brake.ts';
  type Brake = typeof import('../../lambda/decide/brake.ts');

  afterEach(() => {
    vi.doUnmock(BRAKE_MODULE);
    vi.resetModules();
  });

  /** Loads the worlds with a product that has another brake. */
  async function worldsWith(replace: (original: Brake) => Partial<Brake>) {
    vi.resetModules();
    vi.doMock(BRAKE_MODULE, async (importOriginal) => {
      const original = await importOriginal<Brake>();
      return { ...original, ...replace(original) };
    });
    return import('./scenarios/pod-visibility.ts');
  }

  it('without a brake', async () => {
    const { playPodVisibility: play } = await worldsWith(() => ({
      holdBackMassRemoval: (items) => ({ items }),
    }));
    const { violations } = await play({
      hours: 4,
      omitted: (at) => (at >= 2.02 && at < 3.02 ? ['tools'] : []),
    });
    expect(violations[0]?.invariant).toBe('in-use-deleted');
  });

  it('with a brake that does not count sweeps', async () => {
    const { playPodVisibility: play } = await worldsWith(({ holdBackMassRemoval }) => ({
      holdBackMassRemoval: (items, secrets, now) =>
        holdBackMassRemoval(
          items.map((item) =>
            'secret' in item
              ? {
                  ...item,
                  secret: {
                    ...item.secret,
                    annotations: {
                      ...item.secret.annotations,
                      'kube-aws-iam/unused-sightings': '3',
                    },
                  },
                }
              : item,
          ),
          secrets,
          now,
        ),
    }));
    const { violations } = await play({
      hours: 8,
      hasSweeps: (at) => at < 2.2 || at >= 6.2,
      omitted: (at) => ((at >= 2.02 && at < 2.2) || (at >= 6.2 && at < 6.6) ? ALL : []),
    });
    expect(violations[0]?.invariant).toBe('in-use-deleted');
  });

  it('whose marks silence its alarms', async () => {
    const worlds = await worldsWith(({ massIn }) => ({
      massIn: (selected, secrets) =>
        selected.every((one) => 'action' in one) ? massIn(selected, secrets) : () => false,
    }));
    const result = await worlds.playPodVisibility({
      hours: 4,
      omitted: (at) => (at >= 2.02 ? ALL : []),
      isTrusted: (at) => at < 2.02,
    });
    expect(overdueIn(result, 2.3, 4)).toBe(0);
  });
});
