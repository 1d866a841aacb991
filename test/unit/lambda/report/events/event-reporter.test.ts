import { describe, expect, it } from 'vitest';
import { collectRequestedSecrets } from '../../../../../lambda/decide/requested-secrets.ts';
import { createEventReporter } from '../../../../../lambda/report/events/event-reporter.ts';
import { aPod, minutes, NOW } from '../../../../support/builders/builders.ts';
import {
  aFailure,
  aPodReference,
  aRefusal,
  aSuccess,
} from '../../../../support/builders/event-builders.ts';
import { FakeEvents, statusAnswer } from '../../../../support/builders/fake-events.ts';

const FOREVER = new AbortController().signal;

function aReporter(events = new FakeEvents()) {
  const lines: [message: string, fields: Record<string, unknown>][] = [];
  let now = NOW;
  const reporter = createEventReporter({
    connection: events,
    now: () => now,
    reportingInstance: 'refresh@blue',
    log: { warn: (message, fields) => lines.push([message, fields]) },
  });
  const at = (minute: number) => {
    now = minutes(minute);
    return reporter;
  };
  return { reporter, at, events, lines };
}

const reasonsIn = ({ stored }: FakeEvents) => [...stored.values()].map(({ reason }) => reason);

describe('createEventReporter', () => {
  it('writes a persisting Event every half hour, with its count', async () => {
    const { at, events } = aReporter();
    for (let minute = 0; minute < 30; minute++) await at(minute).report([aRefusal()], [], FOREVER);
    expect(events.log).toHaveLength(1);
    await at(30).report([aRefusal()], [], FOREVER);
    expect(events.log).toHaveLength(3);
    expect([...events.stored.values()]).toMatchObject([
      { reason: 'RoleForbidden', series: { count: 31 } },
    ]);
  });

  it('writes and counts an Event once per pass, even if it occurs twice', async () => {
    const { at, events } = aReporter();
    const twice = [aRefusal(), aRefusal()];
    for (const minute of [0, 1, 30]) await at(minute).report(twice, [], FOREVER);
    expect([...events.stored.values()]).toMatchObject([{ series: { count: 3 } }]);
  });

  it('adds up the counts of two containers', async () => {
    const events = new FakeEvents();
    const [first, second] = [aReporter(events), aReporter(events)];
    for (let minute = 0; minute <= 60; minute += 10) {
      await first.at(minute).report([aRefusal()], [], FOREVER);
      await second.at(minute).report([aRefusal()], [], FOREVER);
    }
    expect([...events.stored.values()]).toMatchObject([{ series: { count: 14 } }]);
  });

  it('reports the recovery once, to the pod that was warned', async () => {
    const { at, events } = aReporter();
    const other = aPodReference('other');
    await at(0).report([aRefusal()], [], FOREVER);
    await at(1).report([aSuccess('created'), aSuccess('kept', other)], [], FOREVER);
    await at(2).report([aSuccess('kept')], [], FOREVER);
    expect(reasonsIn(events)).toEqual(['RoleForbidden', 'CredentialsRecovered']);
    expect(events.log).toHaveLength(2);
  });

  it('continues the series when a problem returns', async () => {
    const { at, events } = aReporter();
    await at(0).report([aRefusal()], [], FOREVER);
    await at(1).report([aSuccess()], [], FOREVER);
    await at(2).report([aRefusal()], [], FOREVER);
    expect([...events.stored.values()]).toMatchObject([
      { reason: 'RoleForbidden', series: { count: 2 } },
      { reason: 'CredentialsRecovered' },
    ]);
  });

  it('continues the Event of another container', async () => {
    const first = aReporter();
    await first.reporter.report([aRefusal()], [], FOREVER);
    const second = aReporter(first.events);
    for (let minute = 1; minute < 10; minute++) {
      await second.at(minute).report([aRefusal()], [], FOREVER);
    }
    expect([...first.events.stored.values()]).toMatchObject([{ series: { count: 2 } }]);
    expect(first.events.log).toHaveLength(4);
  });

  it('limits the rate when the error message differs each time', async () => {
    const { at, events } = aReporter();
    for (let minute = 0; minute < 120; minute++) {
      const message = `request ${minute} was refused`;
      await at(minute).report([aFailure({ reason: 'api-refused', message })], [], FOREVER);
    }
    expect(events.stored.size).toBeLessThanOrEqual(25 + 120 / 5);
  });

  it('writes a hundred Events per pass, and the rest in the next passes', async () => {
    const { at, events } = aReporter();
    const outcomes = Array.from({ length: 250 }, (_each, index) =>
      aRefusal({}, aPodReference(`web-${index}`)),
    );
    await at(0).report(outcomes, [], FOREVER);
    expect(events.stored.size).toBe(100);
    await at(1).report(outcomes, [], FOREVER);
    await at(2).report(outcomes, [], FOREVER);
    expect(events.stored.size).toBe(250);
    await at(3).report(outcomes, [], FOREVER);
    expect(events.log).toHaveLength(250);
  });

  it('reports ignored mounts', async () => {
    const { reporter, events } = aReporter();
    const { ignored } = collectRequestedSecrets([aPod('web', ['aws-iam-Orders'])]);
    await reporter.report([], ignored, FOREVER);
    expect(reasonsIn(events)).toEqual(['SecretIgnored']);
  });

  it('sends no request when nothing is due', async () => {
    const { reporter, events } = aReporter();
    await reporter.report([aSuccess(), aFailure({ reason: 'sts-throttled' })], [], FOREVER);
    expect(events.log).toEqual([]);
  });

  it('logs once that Events cannot be written, and retries in each pass', async () => {
    const { at, events, lines } = aReporter();
    events.answer = () => statusAnswer(500, 'InternalError', 'etcd is away');
    const outcomes = [aRefusal(), aRefusal({}, aPodReference('other'))];
    for (let minute = 0; minute < 3; minute++) await at(minute).report(outcomes, [], FOREVER);
    expect(events.log).toHaveLength(6);
    expect(lines).toEqual([
      [
        'could not write Events',
        { notWritten: 2, explanation: expect.stringContaining('etcd is away') },
      ],
    ]);
    events.answer = () => undefined;
    await at(3).report(outcomes, [], FOREVER);
    expect(events.stored.size).toBe(2);
    events.answer = () => statusAnswer(500, 'InternalError', 'etcd is away');
    await at(40).report(outcomes, [], FOREVER);
    expect(lines).toHaveLength(2);
  });

  it('retries a rejected Event after half an hour, not every minute', async () => {
    const { at, events } = aReporter();
    events.answer = () => statusAnswer(403, 'Forbidden', 'the namespace is being terminated');
    for (let minute = 0; minute < 30; minute++) await at(minute).report([aRefusal()], [], FOREVER);
    expect(events.log).toHaveLength(1);
    events.answer = () => undefined;
    await at(30).report([aRefusal()], [], FOREVER);
    expect(reasonsIn(events)).toEqual(['RoleForbidden']);
  });

  it('logs only the name of an unknown error', async () => {
    const { reporter, events, lines } = aReporter();
    events.answer = () => {
      throw new TypeError('what was being written');
    };
    await reporter.report([aRefusal()], [], FOREVER);
    expect(lines).toEqual([
      ['could not write Events', { notWritten: 1, explanation: 'TypeError' }],
    ]);
  });

  it('logs no failure after the signal aborts', async () => {
    const { at, events, lines } = aReporter();
    const time = new AbortController();
    events.answer = () => {
      time.abort();
      throw time.signal.reason;
    };
    await at(0).report([aRefusal()], [], time.signal);
    expect(lines).toEqual([]);
    events.answer = () => undefined;
    await at(1).report([aRefusal()], [], FOREVER);
    expect(events.stored.size).toBe(1);
  });
});
