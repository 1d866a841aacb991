import { describe, expect, it } from 'vitest';
import { SilenceError } from '../../../../forwarder/errors.ts';
import { createLog } from '../../../../forwarder/log.ts';
import { createTrouble } from '../../../../forwarder/trouble.ts';
import { createAbsence } from '../../../../forwarder/watching/absence.ts';
import type { StreamedAnswer } from '../../../../forwarder/watching/kubernetes-stream.ts';
import { watchObjects } from '../../../../forwarder/watching/watch-objects.ts';
import {
  AWSIAMROLES,
  PENDING_PODS,
  type WatchSubject,
} from '../../../../forwarder/watching/watch-subject.ts';

/** What a server does with one request. */
type Turn = Partial<Omit<StreamedAnswer, 'body'>> & {
  /** How long the watch takes, in milliseconds by the injected clock. */
  readonly takes?: number;
  readonly chunks?: readonly (string | Buffer)[];
  /** How it ends, other than well. */
  readonly fails?: Error;
};

const line = (type: string, version: string, more: object = {}) =>
  `${JSON.stringify({ type, object: { metadata: { name: `pod-${version}`, resourceVersion: version }, ...more } })}\n`;
const added = (version: string) => line('ADDED', version);
const bookmark = (version: string) => line('BOOKMARK', version);
const expired = `${JSON.stringify({ type: 'ERROR', object: { kind: 'Status', code: 410, message: 'too old' } })}\n`;

/** Runs a watch of pods against a server that does the given turns and is then stopped. */
const watch = (...turns: readonly Turn[]) => watchSubject(PENDING_PODS, turns);

async function watchSubject(subject: WatchSubject, turns: readonly Turn[]) {
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
    forgotten: 0,
    anew: 0,
  };
  const log = createLog({ now: clock, write: (text) => seen.lines.push(JSON.parse(text)) });
  const left = [...turns];
  await watchObjects(
    {
      subject,
      async open(path) {
        const turn = left.shift();
        if (turn === undefined) {
          stop.abort();
          throw new Error('stopped');
        }
        const { pathname, searchParams: query } = new URL(path, 'https://localhost');
        expect(pathname).toBe(subject.path);
        expect(query.get('fieldSelector')).toBe(subject.fieldSelector ?? null);
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
      see({ kind, object }) {
        if (object.metadata?.name === 'pod-bad') throw new TypeError('no pod');
        seen.names.push(`${kind} ${object.metadata?.name}`);
      },
      opened() {
        seen.opened += 1;
      },
      heard() {},
      unreadable() {
        seen.unreadable += 1;
      },
      beginsAnew() {
        seen.anew += 1;
      },
      ended: ({ reason }) => void seen.ends.push(reason),
      forgetToken() {
        seen.forgotten += 1;
      },
      watchSeconds: 28,
      now: clock,
      random: () => 0,
      async sleep(milliseconds) {
        seen.sleeps.push(milliseconds);
      },
      log,
      trouble: createTrouble({ log, now: clock }, 'watching pods'),
      absence: createAbsence({ log }, subject.what),
    },
    stop.signal,
  );
  return seen;
}

describe('watchObjects', () => {
  it('names what is added and what is modified, and nothing else', async () => {
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
    });
  });

  it('begins with every pending pod and goes on where the last watch ended', async () => {
    const { versions, anew, sleeps } = await watch(
      { chunks: [added('9'), bookmark('10')], takes: 28_000 },
      { chunks: [added('11'), line('MODIFIED', '12')], takes: 28_000 },
      { chunks: [bookmark('20')], takes: 28_000 },
      { chunks: [bookmark('21')], takes: 28_000 },
    );
    expect(versions).toEqual(['0', '10', '12', '20']);
    expect(anew).toBe(1);
    expect(sleeps).toEqual([]);
  });

  it('begins anew after ten watches in which nothing came, as its place may be one that is still to come', async () => {
    const quiet = Array.from({ length: 21 }, () => ({ takes: 28_000 }));
    const { versions } = await watch({ chunks: [bookmark('10')], takes: 28_000 }, ...quiet);
    const tenTimes = Array.from({ length: 10 }, () => '10');
    expect(versions.slice(0, 12)).toEqual(['0', ...tenTimes, '0']);
  });

  it('begins anew when it was cut off before it knew its place, as what is there comes in no order', async () => {
    const { versions } = await watch({ chunks: [added('9')] }, {});
    expect(versions).toEqual(['0', '0']);
  });

  it.each([
    ['as an event', { chunks: [expired], takes: 5_000 }],
    ['as a status', { status: 410 }],
  ])('begins anew at once when its place is forgotten: 410 %s', async (_, gone) => {
    const seen = await watch({ chunks: [bookmark('10')], takes: 28_000 }, gone, {});
    expect(seen.versions).toEqual(['0', '10', '0']);
    expect(seen.ends).toContain('expired');
    expect(seen.lines[0]?.message).toContain('begins anew');
    // The next turn is an empty watch, whose pause comes after it.
    expect(seen.sleeps.length).toBeLessThanOrEqual(1);
  });

  it('waits before it begins anew again when that is of no use', async () => {
    const gone = { chunks: [expired] };
    expect((await watch(gone, gone, gone)).sleeps).toEqual([200, 400]);
  });

  it('goes on from its place when nothing comes any more', async () => {
    const silent = { fails: new SilenceError('nothing came for 30 s'), takes: 30_000 };
    const seen = await watch({ chunks: [bookmark('10')], ...silent }, silent, silent);
    expect(seen.versions).toEqual(['0', '10', '10']);
    expect(seen.ends).toEqual(['silent', 'silent', 'silent']);
    expect(seen.sleeps).toEqual([]);
  });

  it('goes on at once when a connection breaks that was well, and with growing pauses when the next ones do', async () => {
    const fails = new Error('socket hang up');
    const broken = { fails, chunks: [bookmark('10')] };
    const seen = await watch({ ...broken, takes: 9_000 }, broken, broken, broken);
    expect(seen.versions).toEqual(['0', '10', '10', '10']);
    expect(seen.sleeps).toEqual([100, 200, 400]);
  });

  it('does not let the pauses grow beyond some ten seconds', async () => {
    const { sleeps } = await watch(...Array.from({ length: 12 }, () => ({ status: 500 })));
    expect(sleeps.slice(-3)).toEqual([6_400, 6_400, 6_400]);
  });

  it('waits as long as the server asks', async () => {
    expect((await watch({ status: 429, retryAfter: '5' })).sleeps).toEqual([5_000]);
    const error = { code: 429, details: { retryAfterSeconds: 3 } };
    const chunks = [`${JSON.stringify({ type: 'ERROR', object: error })}\n`];
    expect((await watch({ chunks })).sleeps).toEqual([3_000]);
  });

  it.each([1.5, 1e300, '3', null])('waits by itself when asked for %j seconds', async (seconds) => {
    const error = { code: 429, details: { retryAfterSeconds: seconds } };
    const chunks = [`${JSON.stringify({ type: 'ERROR', object: error })}\n`];
    expect((await watch({ chunks })).sleeps).toEqual([100]);
  });

  it.each([401, 403, 429, 503])('keeps its place over a status of %i', async (status) => {
    const known = { chunks: [bookmark('10')], takes: 28_000 };
    expect((await watch(known, { status }, {})).versions).toEqual(['0', '10', '10']);
  });

  it.each([400, 500, 504])(
    'gives up its place over a status of %i, which may mean it',
    async (status) => {
      const known = { chunks: [bookmark('10')], takes: 28_000 };
      expect((await watch(known, { status }, {})).versions).toEqual(['0', '10', '0']);
    },
  );

  it('reads the token anew when it is refused, and asks again at once', async () => {
    const seen = await watch({ status: 401 }, { status: 401 }, { status: 401 });
    expect(seen.forgotten).toBe(3);
    expect(seen.sleeps).toEqual([200, 400]);
    expect(seen.lines[0]).toMatchObject({ status: 401, remedy: expect.stringContaining('token') });
  });

  it('leaves out and counts lines that are no event and pods that cannot be read', async () => {
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

  it('reads lines that are split anywhere, between the bytes of a character too', async () => {
    const bytes = Buffer.from(added('Ä🙂'));
    const chunks = Array.from(bytes, (byte) => Buffer.from([byte]));
    expect((await watch({ chunks })).names).toEqual(['added pod-Ä🙂']);
  });

  it('does not log that one connection broke', async () => {
    const { lines } = await watch({ chunks: [bookmark('1')], fails: new Error('aborted') });
    expect(lines).toEqual([]);
  });

  it('logs a trouble when it begins and when it ends, and not in between', async () => {
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

  describe('of what a cluster may be without', () => {
    const watchRoles = (...turns: readonly Turn[]) => watchSubject(AWSIAMROLES, turns);
    const none = { status: 404 };
    const there = { chunks: [bookmark('1')], takes: 28_000 };

    it('says once that there is none, without a warning, and asks again every five minutes', async () => {
      const { lines, sleeps, ends } = await watchRoles(none, none, none);
      expect(ends).toEqual(['absent', 'absent', 'absent']);
      expect(sleeps).toEqual([300_000, 300_000, 300_000]);
      expect(lines).toEqual([
        expect.objectContaining({
          level: 'info',
          message: expect.stringMatching(/^AWSIAMRoles are not watched: this cluster has none/),
        }),
      ]);
    });

    it('finds what comes later, and begins with all of it', async () => {
      const { lines, versions, names } = await watchRoles(none, {
        chunks: [added('5'), bookmark('6')],
        takes: 28_000,
      });
      expect(versions).toEqual(['0', '0']);
      expect(names).toEqual(['added pod-5']);
      expect(lines.map(({ level }) => level)).toEqual(['info', 'info']);
      expect(lines[1]?.message).toBe('AWSIAMRoles are watched: this cluster has them now');
    });

    it('says it again when it went in between, and begins anew when it is there again', async () => {
      const { lines, versions, sleeps } = await watchRoles(none, there, none, none, there);
      expect(lines).toHaveLength(4);
      expect(versions).toEqual(['0', '0', '1', '0', '0']);
      expect(sleeps).toEqual([300_000, 300_000, 300_000]);
    });

    it('ends a trouble that it was in', async () => {
      const { lines } = await watchRoles({ status: 403 }, none);
      expect(lines.map(({ level }) => level)).toEqual(['warn', 'info', 'info']);
      expect(lines[0]).toMatchObject({
        remedy: expect.stringContaining('list and watch awsiamroles in all namespaces'),
      });
    });

    it('is a trouble where it has to be there', async () => {
      const { lines, sleeps } = await watch(none, none);
      expect(lines).toEqual([expect.objectContaining({ level: 'warn', status: 404 })]);
      expect(sleeps).toEqual([100, 200]);
    });
  });
});
