import { describe, expect, it } from 'vitest';
import { createLog } from '../../../../forwarder/log.ts';
import { createHealthFiles } from '../../../../forwarder/monitoring/health-files.ts';

const START = 1_700_000_000;

function createTestFiles() {
  let now = START * 1_000 + 999;
  let problem: Error | undefined;
  const health = { live: true, ready: false };
  const files = new Map<string, string>();
  const lines: string[] = [];
  const sleeps: { milliseconds: number; end: () => void }[] = [];
  const deps = {
    health: { isLive: () => health.live, isReady: () => health.ready },
    problems: { live: 'the watch is stuck', ready: 'no watch is open' },
    folder: '/health',
    now: () => new Date(now),
    log: createLog({ now: () => new Date(now), write: (line) => lines.push(line) }),
    sleep(milliseconds: number, signal: AbortSignal) {
      const { promise, resolve } = Promise.withResolvers<void>();
      signal.addEventListener('abort', () => resolve());
      sleeps.push({ milliseconds, end: resolve });
      return promise;
    },
    replaceFile(path: string, text: string) {
      if (problem) throw problem;
      files.set(path, text);
    },
  };
  return {
    health,
    lines,
    sleeps,
    create: () => createHealthFiles(deps),
    contents: () => [files.get('/health/live'), files.get('/health/ready')],
    advance: (seconds: number) => {
      now += seconds * 1_000;
    },
    fail: (error?: Error) => {
      problem = error;
    },
  };
}

const settled = () => new Promise((resolve) => setImmediate(resolve));

describe('createHealthFiles', () => {
  it('writes until when each state lasts, or the problem', () => {
    const { create, health, contents, advance } = createTestFiles();
    const files = create();
    expect(contents()).toEqual([`${START + 20}\n`, '0 no watch is open\n']);
    advance(5);
    health.live = false;
    health.ready = true;
    files.write();
    expect(contents()).toEqual(['0 the watch is stuck\n', `${START + 25}\n`]);
  });

  it('writes three times before a state ends, until the signal aborts', async () => {
    const { create, contents, sleeps, advance } = createTestFiles();
    const stopping = new AbortController();
    const ended = create().keepWriting(stopping.signal);
    for (let writes = 1; writes <= 3; writes += 1) {
      const [sleep] = sleeps.splice(0);
      advance((sleep?.milliseconds ?? 0) / 1_000);
      sleep?.end();
      await settled();
      expect(contents()[0]).toBe(`${START + 5 * writes + 20}\n`);
    }
    stopping.abort();
    await ended;
  });

  it('does not start when it cannot write', () => {
    const { create, fail } = createTestFiles();
    fail(new Error('EROFS: read-only file system'));
    expect(create).toThrow('EROFS');
  });

  it('logs once that it cannot write, and once that it works again', () => {
    const { create, fail, lines } = createTestFiles();
    const files = create();
    fail(Object.assign(new Error('ENOSPC: no space left on device'), { code: 'ENOSPC' }));
    files.write();
    files.write();
    fail();
    files.write();
    expect(lines.map((line) => JSON.parse(line))).toMatchObject([
      {
        level: 'warn',
        message: 'writing the health files fails and is retried',
        error: 'ENOSPC: no space left on device',
        remedy: expect.stringContaining('the kubelet restarts the container'),
      },
      { level: 'info', message: 'writing the health files works again' },
    ]);
  });
});
