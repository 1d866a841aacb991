import type { PutLogEventsCommandInput } from '@aws-sdk/client-cloudwatch-logs';
import { describe, expect, it } from 'vitest';
import { createCloudWatchLog } from '../../../../in-cluster/monitoring/cloudwatch-log.ts';

interface Sent {
  readonly name: string;
  readonly input: PutLogEventsCommandInput;
}

function createTestLog() {
  const sent: Sent[] = [];
  const failures: { error: string; remedy: string }[] = [];
  const state: { failWith?: Error | undefined; now: number; dropped: number; recovered: number } = {
    now: 1_700_000_000_000,
    dropped: 0,
    recovered: 0,
  };
  const log = createCloudWatchLog({
    client: {
      async send(command: object) {
        if (state.failWith !== undefined) throw state.failWith;
        const { input } = command as { input: PutLogEventsCommandInput };
        sent.push({ name: command.constructor.name, input });
      },
    } as never,
    logGroupName: '/kube-aws-iam/test',
    logStreamName: 'pod/1',
    credentialsRemedy: 'run: kube-aws-iam seed',
    failureLog: {
      failed: (failure) => failures.push(failure),
      recovered: () => {
        state.recovered += 1;
      },
    },
    dropped: (lines) => {
      state.dropped += lines;
    },
    now: () => new Date(state.now),
    sleep: async () => {},
  });
  const flush = () => log.flush(new AbortController().signal);
  const puts = () => sent.filter(({ name }) => name === 'PutLogEventsCommand');
  return { log, sent, puts, failures, state, flush };
}

const named = (name: string, message = 'the token AKIASECRET is expired') =>
  Object.assign(new Error(message), { name });

describe('createCloudWatchLog', () => {
  it('creates its stream once, and sends lines and metrics in their order', async () => {
    const { log, sent, flush } = createTestLog();
    log.addLine('one');
    log.addMetrics('{"_aws":{}}');
    log.addLine('');
    await flush();
    log.addLine('two');
    await flush();
    await flush();
    expect(sent.map(({ name }) => name)).toEqual([
      'CreateLogStreamCommand',
      'PutLogEventsCommand',
      'PutLogEventsCommand',
    ]);
    expect(sent[1]?.input).toEqual({
      logGroupName: '/kube-aws-iam/test',
      logStreamName: 'pod/1',
      logEvents: [
        { timestamp: 1_700_000_000_000, message: 'one' },
        { timestamp: 1_700_000_000_000, message: '{"_aws":{}}' },
      ],
    });
  });

  it('sorts events when the clock was set back', async () => {
    const { log, puts, state, flush } = createTestLog();
    log.addLine('later');
    state.now -= 60_000;
    log.addLine('earlier');
    await flush();
    expect(puts()[0]?.input.logEvents?.map(({ message }) => message)).toEqual(['earlier', 'later']);
  });

  it.each([
    ['many lines', Array.from({ length: 25_000 }, (_, i) => `line ${i}`)],
    ['long lines', Array.from({ length: 30 }, (_, i) => `${i} ${'ü'.repeat(90_000)}`)],
  ])('splits %s into batches that CloudWatch accepts', async (_, lines) => {
    const { log, puts, flush } = createTestLog();
    for (const line of lines) log.addLine(line);
    await flush();
    const batches = puts().map(({ input }) => input.logEvents ?? []);
    for (const batch of batches) {
      const bytes = batch.reduce(
        (sum, { message = '' }) => sum + Buffer.byteLength(message) + 26,
        0,
      );
      expect(bytes).toBeLessThanOrEqual(1_048_576);
      expect(batch.length).toBeLessThanOrEqual(10_000);
    }
    expect(batches.flat().map(({ message }) => message)).toEqual(lines);
  });

  it.each([
    ['three days of metrics', Array.from({ length: 73 }, (_, i) => i)],
    ['lines around a clock that was set back by two days', [50, 51, 3, 4, 52]],
    ['exactly a day', [0, 24]],
  ])('splits %s into batches of at most a day', async (_, hours) => {
    const { log, puts, state, flush } = createTestLog();
    const start = state.now;
    for (const hour of hours) {
      state.now = start + hour * 3_600_000;
      log.addMetrics(String(hour));
    }
    await flush();
    const batches = puts().map(({ input }) => input.logEvents ?? []);
    for (const batch of batches) {
      const times = batch.map(({ timestamp = 0 }) => timestamp);
      expect(Math.max(...times) - Math.min(...times)).toBeLessThanOrEqual(86_400_000);
    }
    const messages = batches.flat().map(({ message }) => Number(message));
    expect(messages.toSorted((a, b) => a - b)).toEqual(hours.toSorted((a, b) => a - b));
    expect(batches.length).toBeLessThanOrEqual(4);
  });

  it('keeps what it could not send, and sends it later once', async () => {
    const { log, puts, failures, state, flush } = createTestLog();
    log.addMetrics('{"_aws":{}}');
    state.failWith = named('ServiceUnavailableException');
    await flush();
    expect(failures).toHaveLength(1);
    state.failWith = undefined;
    await flush();
    await flush();
    expect(puts().flatMap(({ input }) => input.logEvents)).toHaveLength(1);
    expect(state.recovered).toBe(1);
  });

  it('drops log lines before metrics when too much waits', async () => {
    const { log, puts, state, flush } = createTestLog();
    log.addMetrics('{"_aws":{}}');
    for (let i = 0; i < 100; i += 1) log.addLine(`${i} ${'x'.repeat(100_000)}`);
    expect(state.dropped).toBeGreaterThan(0);
    await flush();
    const messages = puts().flatMap(({ input }) => input.logEvents?.map(({ message }) => message));
    expect(messages).toContain('{"_aws":{}}');
    expect(messages.at(-1)).toMatch(/^99 /);
    expect(messages).toHaveLength(101 - state.dropped);
  });

  it.each([
    ['ResourceNotFoundException', /deploy the stack/],
    ['AccessDeniedException', /deploy the stack/],
    ['ExpiredTokenException', /kube-aws-iam seed/],
    ['UnrecognizedClientException', /kube-aws-iam seed/],
    ['CredentialsProviderError', /kube-aws-iam seed/],
    ['InvalidIdentityTokenException', /kube-aws-iam seed/],
    ['AccessDenied', /kube-aws-iam seed/],
    ['TimeoutError', /endpoint logs/],
  ])('reports %s with the remedy, and nothing of the request', async (name, remedy) => {
    const { log, failures, state, flush } = createTestLog();
    log.addLine('one');
    state.failWith = named(name);
    await flush();
    expect(failures).toEqual([
      { reason: name, error: name, remedy: expect.stringMatching(remedy) },
    ]);
    expect(JSON.stringify(failures)).not.toContain('AKIASECRET');
  });

  it('uses a stream that exists', async () => {
    const { log, puts, state, flush } = createTestLog();
    log.addLine('one');
    state.failWith = named('ResourceAlreadyExistsException');
    await flush();
    state.failWith = undefined;
    await flush();
    expect(puts()).toHaveLength(1);
  });
});
