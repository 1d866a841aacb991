import { describe, expect, it } from 'vitest';
import { createFailureLog } from '../../../../forwarder/failure-log.ts';
import { createLog } from '../../../../forwarder/log.ts';
import { type Leadership, takePartInElection } from '../../../../in-cluster/leading/election.ts';
import type { Lease, LeaseApi, LeaseRecord } from '../../../../in-cluster/leading/lease.ts';

/** A Lease as the API server stores it. */
function createLeaseServer() {
  let lease: Lease = {
    resourceVersion: '1',
    annotations: {},
    holder: '',
    durationSeconds: 0,
    renewedAt: '',
    acquiredAt: '',
    transitions: 0,
  };
  let version = 1;
  const failing = new Set<LeaseApi>();
  const change = (changes: Partial<Lease>) => {
    version += 1;
    lease = { ...lease, ...changes, resourceVersion: String(version) };
    return lease;
  };
  return {
    get lease() {
      return lease;
    },
    change,
    /** Lets the requests of a client fail. */
    cut: (api: LeaseApi) => failing.add(api),
    restore: (api: LeaseApi) => failing.delete(api),
    client(): LeaseApi {
      const reach = () => {
        if (failing.has(api)) throw new Error('unreachable');
      };
      const api: LeaseApi = {
        async read() {
          reach();
          return lease;
        },
        async write({ resourceVersion }, record: LeaseRecord) {
          reach();
          return resourceVersion === lease.resourceVersion ? change(record) : undefined;
        },
        async annotate(annotations) {
          reach();
          change({ annotations: { ...lease.annotations, ...annotations } });
        },
      };
      return api;
    },
  };
}

/** A clock whose sleepers wake up when a test moves it. */
function createTime() {
  let elapsed = 0;
  const sleepers = new Set<{ at: number; wake: () => void }>();
  return {
    // A monotonic clock has fractions of milliseconds.
    elapsedMs: () => elapsed + (elapsed % 7_000) / 10_000,
    sleep(milliseconds: number, signal: AbortSignal): Promise<void> {
      return new Promise((resolve) => {
        const sleeper = {
          at: elapsed + milliseconds,
          wake: () => {
            sleepers.delete(sleeper);
            resolve();
          },
        };
        sleepers.add(sleeper);
        if (signal.aborted) sleeper.wake();
        signal.addEventListener('abort', sleeper.wake);
      });
    },
    async advance(seconds: number) {
      for (let second = 0; second < seconds; second += 1) {
        elapsed += 1_000;
        for (const sleeper of [...sleepers]) if (sleeper.at <= elapsed) sleeper.wake();
        await settled();
      }
    },
  };
}

const settled = () => new Promise((resolve) => setImmediate(resolve));

/** Starts processes that take part in an election. */
function createElection() {
  const server = createLeaseServer();
  const time = createTime();
  const start = (identity: string, clockOffsetMs = 0) => {
    const api = server.client();
    const stopping = new AbortController();
    const lines: string[] = [];
    const now = () => new Date(1_700_000_000_000 + time.elapsedMs() + clockOffsetMs);
    const log = createLog({ now, write: (line) => lines.push(line) });
    const state = { isLeading: false, finish: Promise.resolve(), renewals: [] as Lease[] };
    const ended = takePartInElection(
      {
        ...time,
        api,
        identity,
        log,
        failureLog: createFailureLog({ log, now }, 'election'),
        progressed() {},
        now,
        timeout(milliseconds) {
          // As AbortSignal.timeout.
          if (!Number.isInteger(milliseconds)) throw new RangeError(`${milliseconds}`);
          return new AbortController().signal;
        },
        async lead({ signal, onRenewed }: Leadership) {
          state.isLeading = true;
          onRenewed((lease) => state.renewals.push(lease));
          await new Promise((resolve) => signal.addEventListener('abort', resolve));
          await state.finish;
          state.isLeading = false;
        },
      },
      stopping.signal,
    );
    return {
      api,
      state,
      lines,
      async stop() {
        stopping.abort();
        await ended;
      },
      abort: () => stopping.abort(),
      ended,
    };
  };
  return { server, time, start };
}

describe('takePartInElection', () => {
  it('acquires a Lease that nobody holds, and renews it every two seconds', async () => {
    const { server, time, start } = createElection();
    const process = start('a');
    await settled();
    expect(process.state.isLeading).toBe(true);
    expect(server.lease).toMatchObject({ holder: 'a', durationSeconds: 15, transitions: 1 });
    const { acquiredAt } = server.lease;
    await time.advance(10);
    expect(process.state.renewals).toHaveLength(5);
    expect(server.lease).toMatchObject({ acquiredAt, transitions: 1 });
    expect(server.lease.renewedAt > acquiredAt).toBe(true);
    await process.stop();
  });

  it('leaves one leader of two, whatever their clocks say', async () => {
    const { server, time, start } = createElection();
    const processes = [start('a'), start('b', 3_600_000), start('c', -3_600_000)];
    await time.advance(120);
    expect(processes.filter(({ state }) => state.isLeading)).toHaveLength(1);
    expect(server.lease.transitions).toBe(1);
    await Promise.all(processes.map((process) => process.stop()));
  });

  it('takes over 15 seconds after the last renewal that it saw, and not before', async () => {
    const { server, time, start } = createElection();
    server.change({ holder: 'gone', durationSeconds: 15, renewedAt: 'once', transitions: 4 });
    const process = start('b');
    await time.advance(14);
    expect(process.state.isLeading).toBe(false);
    await time.advance(3);
    expect(process.state.isLeading).toBe(true);
    expect(server.lease).toMatchObject({ holder: 'b', transitions: 5 });
    await process.stop();
  });

  it('stops leading before another process may take over, when it cannot renew', async () => {
    const { server, time, start } = createElection();
    const [first, second] = [start('a'), start('b')];
    await settled();
    server.cut(first.api);
    for (let second_ = 0; second_ < 30; second_ += 1) {
      await time.advance(1);
      expect([first, second].filter(({ state }) => state.isLeading).length).toBeLessThan(2);
    }
    expect(second.state.isLeading).toBe(true);
    expect(first.lines.join('')).toContain('could not be renewed in time');
    server.restore(first.api);
    await time.advance(30);
    expect(first.state.isLeading).toBe(false);
    await Promise.all([first.stop(), second.stop()]);
  });

  it('keeps leading through an outage of less than ten seconds', async () => {
    const { server, time, start } = createElection();
    const process = start('a');
    await settled();
    server.cut(process.api);
    await time.advance(8);
    server.restore(process.api);
    await time.advance(4);
    expect(process.state.isLeading).toBe(true);
    expect(server.lease.transitions).toBe(1);
    expect(process.lines.join('')).toContain('works again');
    await process.stop();
  });

  it('stops leading at once when another process has taken the Lease', async () => {
    const { server, time, start } = createElection();
    const process = start('a');
    await settled();
    server.change({ holder: 'b', renewedAt: 'now', transitions: 2 });
    await time.advance(2);
    expect(process.state.isLeading).toBe(false);
    expect(server.lease.holder).toBe('b');
    await process.stop();
    expect(server.lease.holder).toBe('b');
  });

  it('renews although a command annotated the Lease, and passes the annotation on', async () => {
    const { server, time, start } = createElection();
    const process = start('a');
    await settled();
    server.change({ annotations: { 'kube-aws-iam/request': '{}' } });
    await time.advance(2);
    expect(process.state.isLeading).toBe(true);
    expect(process.state.renewals.at(-1)?.annotations).toEqual({ 'kube-aws-iam/request': '{}' });
    await process.stop();
  });

  it('releases the Lease after its work has ended, so that another process leads at once', async () => {
    const { server, time, start } = createElection();
    const [first, second] = [start('a'), start('b')];
    await settled();
    const work = Promise.withResolvers<void>();
    first.state.finish = work.promise;
    first.abort();
    await time.advance(3);
    expect(second.state.isLeading).toBe(false);
    expect(server.lease.holder).toBe('a');
    work.resolve();
    await first.ended;
    expect(server.lease).toMatchObject({ holder: '', durationSeconds: 1 });
    await time.advance(2);
    expect(second.state.isLeading).toBe(true);
    await second.stop();
  });

  it.each([0, -5, 1e9, Number.NaN])(
    'waits 15 seconds if the Lease has a duration of %s seconds',
    async (durationSeconds) => {
      const { server, time, start } = createElection();
      server.change({ holder: 'gone', durationSeconds, renewedAt: 'once' });
      const process = start('b');
      await time.advance(14);
      expect(process.state.isLeading).toBe(false);
      await time.advance(3);
      expect(process.state.isLeading).toBe(true);
      await process.stop();
    },
  );
});
