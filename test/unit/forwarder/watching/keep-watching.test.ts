import { describe, expect, it } from 'vitest';
import { BUDGET } from '../../../../contract/budgets.ts';
import { SilenceError } from '../../../../forwarder/errors.ts';
import { createFailureLog } from '../../../../forwarder/failure-log.ts';
import { createLog } from '../../../../forwarder/log.ts';
import { keepWatching } from '../../../../forwarder/watching/keep-watching.ts';
import type { StreamedResponse } from '../../../../forwarder/watching/kubernetes-stream.ts';
import {
  AWSIAMROLES,
  PENDING_PODS,
  type WatchedResource,
} from '../../../../forwarder/watching/watched-resource.ts';

/** How the server responds to one request. */
type Turn = Partial<Omit<StreamedResponse, 'body'>> & {
  /** Duration of the watch, in milliseconds of the injected clock. */
  readonly takes?: number;
  readonly chunks?: readonly (string | Buffer)[];
  /** The error that ends it. */
  readonly fails?: Error;
};

const line = (type: string, version: string, more: object = {}) =>
  `${JSON.stringify({ type, object: { metadata: { name: `pod-${version}`, resourceVersion: version }, ...more } })}\n`;
const added = (version: string) => line('ADDED', version);
const bookmark = (version: string) => line('BOOKMARK', version);
const expired = `${JSON.stringify({ type: 'ERROR', object: { kind: 'Status', code: 410, message: 'too old' } })}\n`;

/** Watches pods on a server with these responses, and stops after the last one. */
const watch = (...turns: readonly Turn[]) => watchResource(PENDING_PODS, turns);

async function watchResource(resource: WatchedResource, turns: readonly Turn[]) {
  const stop = new AbortController();
  let now = 0;
  const clock = () => new Date(now);
  const seen = {
    versions: [] as (string | null)[],
    names: [] as unknown[],
    sleeps: [] as number[],
    ends: [] as string[],
    lines: [] as { message: string; [field: string]: unknown }[],
    opened: 0,
    unreadable: 0,
    oversized: [] as (string | undefined)[],
    invalidated: 0,
    relists: 0,
  };
  const log = createLog({ now: clock, write: (text) => seen.lines.push(JSON.parse(text)) });
  const left = [...turns];
  await keepWatching(
    {
      resource,
      async open(path) {
        const turn = left.shift();
        if (turn === undefined) {
          stop.abort();
          throw new Error('stopped');
        }
        const { pathname, searchParams: query } = new URL(path, 'https://localhost');
        expect(pathname).toBe(resource.path);
        expect(query.get('fieldSelector')).toBe(resource.fieldSelector ?? null);
        seen.versions.push(query.get('resourceVersion'));
        return {
          status: turn.status ?? 200,
          retryAfter: turn.retryAfter,
          discard() {},
          body: (async function* body() {
            now += turn.takes ?? 0;
            for (const chunk of turn.chunks ?? []) yield Buffer.from(chunk);
            if (turn.fails) throw turn.fails;
          })(),
        };
      },
      changed({ kind, object }) {
        if (object.metadata?.name === 'pod-bad') throw new TypeError('not a pod');
        seen.names.push(`${kind} ${object.metadata?.name}`);
      },
      opened() {
        seen.opened += 1;
      },
      received() {},
      unreadable() {
        seen.unreadable += 1;
      },
      oversized: (namespace) => void seen.oversized.push(namespace),
      relisting() {
        seen.relists += 1;
      },
      ended: ({ reason }) => void seen.ends.push(reason),
      invalidateToken() {
        seen.invalidated += 1;
      },
      watchSeconds: 28,
      now: clock,
      random: () => 0,
      async sleep(milliseconds) {
        seen.sleeps.push(milliseconds);
      },
      log,
      failureLog: createFailureLog({ log, now: clock }, 'watching pods'),
    },
    stop.signal,
  );
  return seen;
}

describe('keepWatching', () => {
  it('skips objects that are too large, and resumes after them', async () => {
    const pod = (name: string, size: number) =>
      `{"type":"ADDED","object":{"kind":"Pod","apiVersion":"v1","metadata":{"name":"${name}","namespace":"shop","resourceVersion":"2","annotations":{"a":"${'x'.repeat(size)}"}}}}\n`;
    const limit = BUDGET.watchedObjectBytes;
    const role = `{"type":"ADDED","object":{"apiVersion":"zalando.org/v1","spec":"${'x'.repeat(limit)}"}}\n`;
    const chunks = [added('1'), pod('huge', limit), pod('large', limit - 300), role, bookmark('3')];
    const { names, oversized, unreadable, versions } = await watch({ chunks }, {});
    expect(names).toEqual(['added pod-1', 'added large']);
    expect(oversized).toEqual(['shop', undefined]);
    expect(unreadable).toBe(0);
    expect(versions).toEqual(['0', '3']);
  });

  it('reports added and modified objects only', async () => {
    const chunks = [
      added('1'),
      line('MODIFIED', '2'),
      line('DELETED', '3'),
      bookmark('4'),
      added('5'),
    ];
    expect(await watch({ chunks })).toMatchObject({
      names: ['added pod-1', 'modified pod-2', 'added pod-5'],
      unreadable: 0,
      oversized: [] as (string | undefined)[],
    });
  });

  it('starts with all pending pods and resumes where the last watch ended', async () => {
    const { versions, relists, sleeps } = await watch(
      { chunks: [added('9'), bookmark('10')], takes: 28_000 },
      { chunks: [added('11'), line('MODIFIED', '12')], takes: 28_000 },
      { chunks: [bookmark('20')], takes: 28_000 },
      { chunks: [bookmark('21')], takes: 28_000 },
    );
    expect(versions).toEqual(['0', '10', '12', '20']);
    expect(relists).toBe(1);
    expect(sleeps).toEqual([]);
  });

  it('starts over after ten watches without an event, because its resourceVersion may be in the future', async () => {
    const quiet = Array.from({ length: 21 }, () => ({ takes: 28_000 }));
    const { versions } = await watch({ chunks: [bookmark('10')], takes: 28_000 }, ...quiet);
    const tenTimes = Array.from({ length: 10 }, () => '10');
    expect(versions.slice(0, 12)).toEqual(['0', ...tenTimes, '0']);
  });

  it('starts over when it ended before the first bookmark, because existing objects come in no order', async () => {
    const { versions } = await watch({ chunks: [added('9')] }, {});
    expect(versions).toEqual(['0', '0']);
  });

  it.each([
    ['as an event', { chunks: [expired], takes: 5_000 }],
    ['as a status', { status: 410 }],
  ])('starts over at once when its resourceVersion has expired: 410 %s', async (_, gone) => {
    const seen = await watch({ chunks: [bookmark('10')], takes: 28_000 }, gone, {});
    expect(seen.versions).toEqual(['0', '10', '0']);
    expect(seen.ends).toContain('expired');
    expect(seen.lines[0]?.message).toContain('resourceVersion of the watch expired');
    // The delay, if any, is the one after the last, empty watch.
    expect(seen.sleeps.length).toBeLessThanOrEqual(1);
  });

  it('backs off when it expires again and again', async () => {
    const gone = { chunks: [expired] };
    expect((await watch(gone, gone, gone)).sleeps).toEqual([200, 400]);
  });

  it('resumes when nothing arrives anymore', async () => {
    const silent = { fails: new SilenceError('no data received for 30 s'), takes: 30_000 };
    const seen = await watch({ chunks: [bookmark('10')], ...silent }, silent, silent);
    expect(seen.versions).toEqual(['0', '10', '10']);
    expect(seen.ends).toEqual(['silent', 'silent', 'silent']);
    expect(seen.sleeps).toEqual([]);
  });

  it('resumes at once after a broken connection, and with backoff after further ones', async () => {
    const fails = new Error('socket hang up');
    const broken = { fails, chunks: [bookmark('10')] };
    const seen = await watch({ ...broken, takes: 9_000 }, broken, broken, broken);
    expect(seen.versions).toEqual(['0', '10', '10', '10']);
    expect(seen.sleeps).toEqual([100, 200, 400]);
  });

  it('limits the backoff to about ten seconds', async () => {
    const { sleeps } = await watch(...Array.from({ length: 12 }, () => ({ status: 500 })));
    expect(sleeps.slice(-3)).toEqual([6_400, 6_400, 6_400]);
  });

  it('waits as long as the server requests', async () => {
    expect((await watch({ status: 429, retryAfter: '5' })).sleeps).toEqual([5_000]);
    const error = { code: 429, details: { retryAfterSeconds: 3 } };
    const chunks = [`${JSON.stringify({ type: 'ERROR', object: error })}\n`];
    expect((await watch({ chunks })).sleeps).toEqual([3_000]);
  });

  it.each([1.5, 1e300, '3', null])('ignores a retryAfterSeconds of %j', async (seconds) => {
    const error = { code: 429, details: { retryAfterSeconds: seconds } };
    const chunks = [`${JSON.stringify({ type: 'ERROR', object: error })}\n`];
    expect((await watch({ chunks })).sleeps).toEqual([100]);
  });

  it.each([401, 403, 429, 503])('resumes after a status of %i', async (status) => {
    const known = { chunks: [bookmark('10')], takes: 28_000 };
    expect((await watch(known, { status }, {})).versions).toEqual(['0', '10', '10']);
  });

  it.each([400, 500, 504])(
    'starts over after a status of %i, which may be about its resourceVersion',
    async (status) => {
      const known = { chunks: [bookmark('10')], takes: 28_000 };
      expect((await watch(known, { status }, {})).versions).toEqual(['0', '10', '0']);
    },
  );

  it('invalidates a rejected token, and retries at once', async () => {
    const seen = await watch({ status: 401 }, { status: 401 }, { status: 401 });
    expect(seen.invalidated).toBe(3);
    expect(seen.sleeps).toEqual([200, 400]);
    expect(seen.lines[0]).toMatchObject({ status: 401, remedy: expect.stringContaining('token') });
  });

  it('skips and counts lines that are not events and pods that cannot be read', async () => {
    const odd = [
      '<html>\n',
      'null\n',
      '{}\n',
      '[]\n',
      '{"type":"ADDED","object":null}\n',
      added('bad'),
    ];
    const seen = await watch({ chunks: [...odd, added('7')] });
    expect(seen).toMatchObject({ unreadable: 6, names: ['added pod-7'] });
  });

  it('reads lines that are split anywhere, even within a character', async () => {
    const bytes = Buffer.from(added('Ä🙂'));
    const chunks = Array.from(bytes, (byte) => Buffer.from([byte]));
    expect((await watch({ chunks })).names).toEqual(['added pod-Ä🙂']);
  });

  it('does not log a single broken connection', async () => {
    const { lines } = await watch({ chunks: [bookmark('1')], fails: new Error('aborted') });
    expect(lines).toEqual([]);
  });

  it('logs when a failure starts and when it ends, and not in between', async () => {
    const { lines } = await watch(
      { status: 503 },
      { status: 503 },
      { chunks: [bookmark('1')], takes: 2_000 },
      { chunks: [bookmark('2')], takes: 2_000 },
    );
    expect(lines).toEqual([
      expect.objectContaining({ level: 'warn', reason: 'refused with 503', status: 503 }),
      expect.objectContaining({ level: 'info', message: 'watching pods works again', seconds: 2 }),
    ]);
  });

  describe('for an optional resource', () => {
    const watchRoles = (...turns: readonly Turn[]) => watchResource(AWSIAMROLES, turns);
    const missing = { status: 404 };
    const present = { chunks: [bookmark('1')], takes: 28_000 };

    it('logs once that it is missing, without a warning, and polls every five minutes', async () => {
      const { lines, sleeps, ends } = await watchRoles(missing, missing, missing);
      expect(ends).toEqual(['absent', 'absent', 'absent']);
      expect(sleeps).toEqual([300_000, 300_000, 300_000]);
      expect(lines).toEqual([
        expect.objectContaining({
          level: 'info',
          message: expect.stringMatching(
            /^AWSIAMRoles are not watched: their CRD is not installed/,
          ),
        }),
      ]);
    });

    it('finds one that is installed later, and starts with all its objects', async () => {
      const { lines, versions, names } = await watchRoles(missing, {
        chunks: [added('5'), bookmark('6')],
        takes: 28_000,
      });
      expect(versions).toEqual(['0', '0']);
      expect(names).toEqual(['added pod-5']);
      expect(lines.map(({ level }) => level)).toEqual(['info', 'info']);
      expect(lines[1]?.message).toBe('AWSIAMRoles are watched: their CRD is installed now');
    });

    it('logs again when it was removed in between, and starts over when it is installed again', async () => {
      const { lines, versions, sleeps } = await watchRoles(
        missing,
        present,
        missing,
        missing,
        present,
      );
      expect(lines).toHaveLength(4);
      expect(versions).toEqual(['0', '0', '1', '0', '0']);
      expect(sleeps).toEqual([300_000, 300_000, 300_000]);
    });

    it('ends a failure', async () => {
      const { lines } = await watchRoles({ status: 403 }, missing);
      expect(lines.map(({ level }) => level)).toEqual(['warn', 'info', 'info']);
      expect(lines[0]).toMatchObject({
        remedy: expect.stringContaining('list and watch awsiamroles in all namespaces'),
      });
    });

    it('is a failure when the resource is required', async () => {
      const { lines, sleeps } = await watch(missing, missing);
      expect(lines).toEqual([expect.objectContaining({ level: 'warn', status: 404 })]);
      expect(sleeps).toEqual([100, 200]);
    });
  });
});
