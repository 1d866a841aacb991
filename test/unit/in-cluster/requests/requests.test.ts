import { describe, expect, it } from 'vitest';
import {
  MAX_RESPONSE_BYTES,
  REQUEST_ANNOTATION,
  RESPONSE_ANNOTATION,
} from '../../../../contract/kubernetes/refresher-lease.ts';
import { requestAnswerer } from '../../../../in-cluster/requests/answer-requests.ts';
import { formatError, formatResult } from '../../../../in-cluster/requests/format-response.ts';
import { readRequest } from '../../../../in-cluster/requests/read-request.ts';

const NOW = new Date('2026-01-01T12:00:00Z');
const REQUEST = { id: 'a-1', sentAt: NOW.toISOString(), event: { pass: 'refresh' } };

const annotations = (request: unknown, response?: unknown) => ({
  [REQUEST_ANNOTATION]: typeof request === 'string' ? request : JSON.stringify(request),
  ...(response === undefined ? {} : { [RESPONSE_ANNOTATION]: JSON.stringify(response) }),
});

describe('readRequest', () => {
  it.each([
    [{ pass: 'refresh' }, 'refresh'],
    [{ pass: 'refresh', renew: 'arn:aws:iam::123456789012:role/a' }, 'refresh'],
    [{ pass: 'check' }, 'refresh'],
    [{ pass: 'sweep', confirm: true }, 'sweep'],
    [{ pass: 'unknown' }, 'refresh'],
    ['text', 'refresh'],
  ])('passes %j to the service that validates it', (event, service) => {
    expect(readRequest(annotations({ ...REQUEST, event }), NOW)).toEqual({
      id: 'a-1',
      service,
      event,
    });
  });

  it.each([
    ['no annotation', {}],
    ['text', annotations('refresh')],
    ['a list', annotations([])],
    ['no ID', annotations({ ...REQUEST, id: undefined })],
    ['an ID with spaces', annotations({ ...REQUEST, id: 'a b' })],
    ['a long ID', annotations({ ...REQUEST, id: 'a'.repeat(65) })],
    ['a huge request', annotations({ ...REQUEST, event: 'x'.repeat(5_000) })],
    ['an answered request', annotations(REQUEST, { id: 'a-1', result: {} })],
    ['a long response to it', annotations(REQUEST, { id: 'a-1', result: 'x'.repeat(60_000) })],
  ])('ignores %s', (_, given) => {
    expect(readRequest(given, NOW)).toBeUndefined();
  });

  it.each([['2026-01-01T11:49:00Z'], ['2026-01-01T12:11:00Z'], ['yesterday'], [undefined], [null]])(
    'rejects one of %s, which may confirm a removal that nobody expects any more',
    (sentAt) => {
      expect(readRequest(annotations({ ...REQUEST, sentAt }), NOW)).toEqual({
        id: 'a-1',
        error: expect.stringContaining('send it again'),
      });
    },
  );

  it('reads the next request after a response', () => {
    const next = annotations({ ...REQUEST, id: 'a-2' }, { id: 'a-1', result: {} });
    expect(readRequest(next, NOW)).toMatchObject({ id: 'a-2' });
  });
});

describe('formatResult', () => {
  it('keeps a result that fits', () => {
    expect(JSON.parse(formatResult('a', { report: { created: 1 } }))).toEqual({
      id: 'a',
      result: { report: { created: 1 } },
    });
  });

  it('omits items of the longest list until it fits, and counts them', () => {
    const wouldDo = Array.from({ length: 1_000 }, (_, i) => ({ secret: 's'.repeat(250), i }));
    const text = formatResult('a', { report: { reasons: ['kept'] }, wouldDo });
    expect(Buffer.byteLength(text)).toBeLessThanOrEqual(MAX_RESPONSE_BYTES);
    const { result, omitted } = JSON.parse(text);
    expect(result.report.reasons).toEqual(['kept']);
    expect(result.wouldDo).toEqual(wouldDo.slice(0, result.wouldDo.length));
    expect(result.wouldDo.length + omitted).toBe(1_000);
    expect(wouldDo).toHaveLength(1_000);
  });

  it('counts bytes, not characters', () => {
    const text = formatResult('a', { list: Array.from({ length: 100 }, () => 'ü'.repeat(600)) });
    expect(Buffer.byteLength(text)).toBeLessThanOrEqual(MAX_RESPONSE_BYTES);
  });

  it('reports an error if no list can be shortened', () => {
    expect(JSON.parse(formatResult('a', { text: 'x'.repeat(70_000) }))).toEqual({
      id: 'a',
      error: expect.stringContaining('too long'),
    });
  });

  it('truncates errors', () => {
    expect(formatError('a', 'x'.repeat(100_000)).length).toBeLessThan(5_000);
  });
});

describe('requestAnswerer', () => {
  function createAnswerer(invoke: (event: unknown) => Promise<unknown>) {
    const written: Record<string, string>[] = [];
    const state: { writeError?: Error } = {};
    const failures: unknown[] = [];
    const stopping = new AbortController();
    const service = { invoke };
    const answer = requestAnswerer(
      {
        services: { refresh: service, sweep: service },
        lease: {
          read: () => Promise.reject(new Error('unused')),
          write: () => Promise.reject(new Error('unused')),
          async annotate(given) {
            if (state.writeError) throw state.writeError;
            written.push({ ...given });
          },
        },
        failureLog: { failed: (failure) => failures.push(failure), recovered() {} },
        now: () => NOW,
      },
      stopping.signal,
    );
    return { answer, written, state, failures, stopping };
  }
  const lease = (id = 'a-1') => ({ annotations: annotations({ ...REQUEST, id }) });

  it('writes the response once, also if the Lease is shown without it again', async () => {
    let calls = 0;
    const { answer, written } = createAnswerer(async (event) => ({ calls: ++calls, event }));
    await answer(lease());
    await answer(lease());
    expect(written).toEqual([
      {
        [RESPONSE_ANNOTATION]: JSON.stringify({
          id: 'a-1',
          result: { calls: 1, event: { pass: 'refresh' } },
        }),
      },
    ]);
    await answer(lease('a-2'));
    expect(calls).toBe(2);
  });

  it('carries out one request at a time', async () => {
    const pass = Promise.withResolvers<object>();
    let calls = 0;
    const { answer, written } = createAnswerer(() => {
      calls += 1;
      return pass.promise;
    });
    const first = answer(lease());
    await answer(lease());
    expect(calls).toBe(1);
    pass.resolve({});
    await first;
    expect(written).toHaveLength(1);
  });

  it('responds with the error of a pass', async () => {
    const { answer, written } = createAnswerer(() => Promise.reject(new Error('incomplete lists')));
    await answer(lease());
    expect(written[0]?.[RESPONSE_ANNOTATION]).toBe('{"id":"a-1","error":"incomplete lists"}');
  });

  it('repeats a request whose response could not be written, and reports it', async () => {
    let calls = 0;
    const { answer, written, state, failures } = createAnswerer(async () => ({ calls: ++calls }));
    state.writeError = new Error('503');
    await answer(lease());
    expect(failures).toHaveLength(1);
    delete state.writeError;
    await answer(lease());
    expect(calls).toBe(2);
    expect(written).toHaveLength(1);
  });

  it('leaves a request to the next leader when it stops', async () => {
    const { answer, written, failures, stopping } = createAnswerer(async () => {
      stopping.abort(new Error('no longer leads'));
      throw new Error('aborted');
    });
    await answer(lease());
    expect([written, failures]).toEqual([[], []]);
  });
});
