import fc from 'fast-check';
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { cacheValue } from '../../kubernetes/cached-value.ts';
import { connectCluster } from '../../kubernetes/connection/connect-cluster.ts';
import type { KubernetesConnection } from '../../kubernetes/kubernetes-connection.ts';
import type { ItemOutcome } from '../../lambda/act/item-outcome.ts';
import { createEventReporter } from '../../lambda/report/events/event-reporter.ts';
import { createStatusWriter } from '../../lambda/report/statuses/status-writer.ts';
import {
  issueServerCertificate,
  type IssuedCertificate,
} from '../../local/kubernetes/certificates.ts';
import { anAwsIamRole, BASE_ROLE_ARN, minutes, NOW } from '../support/builders.ts';
import { aPodReference, aRefusal } from '../support/event-builders.ts';
import { FakeEvents } from '../support/fake-events.ts';
import {
  type RequestHandler,
  startHttpsServer,
} from '../unit/kubernetes/connection/https-server.ts';
import { FOREVER, fakeConnection } from '../unit/kubernetes/fake-connection.ts';
import { bytesMutation } from './mutated-bytes.ts';
import { runs } from './runs.ts';
import { type Disturbance, disturbance, UNQUOTABLE } from './strange-answers.ts';
import { strangeText, strangeValue } from './strange-values.ts';

const READ: ReadonlySet<string> = new Set(['kind', 'series', 'count', 'metadata', 'name', 'note']);
const disturbances = fc.array(disturbance(READ), { minLength: 1, maxLength: 8 });

const REFUSALS = Array.from({ length: 6 }, (_, i) =>
  aRefusal({}, aPodReference(`web-${i}`, i % 2 === 0 ? 'shop' : 'bank')),
);
const OF_AWSIAMROLES = Array.from({ length: 40 }, (_, i): ItemOutcome => {
  const name = `orders-${i}`;
  return {
    ...{ action: 'create', namespace: 'shop', name, role: name, roleArn: BASE_ROLE_ARN + name },
    ...{ sessionSeconds: 3_600, awsIamRole: anAwsIamRole(name) },
    ...{ result: 'created', expiresAt: minutes(60) },
  };
});

/** A status with 2,000 characters of the server's, and what is said around them. */
const LONGEST_REASON = 3_000;

/** An API that answers its requests by the disturbances in turn, and the time of a run over it. */
function disturbed(
  turns: readonly Disturbance[],
  right: KubernetesConnection = fakeConnection(({ body = '{}' }) => ({ body: JSON.parse(body) })),
) {
  let run = new AbortController();
  const statuses: number[] = [];
  const connection = fakeConnection(async (request, count) => {
    statuses[count - 1] = 0;
    const endRun = () => run.abort(new DOMException('the time is over', 'TimeoutError'));
    const asked = { request, right: await right.send(request), endRun };
    const answer = (await turns[count % turns.length]?.(asked)) ?? asked.right;
    statuses[count - 1] = answer.status ?? 200;
    return answer;
  });
  const newRun = () => {
    run = new AbortController();
    return run.signal;
  };
  /** How many of the requests failed, as the writer of statuses sees it; 0 is one without an answer. */
  const failures = () => statuses.filter((one) => ![200, 404, 409].includes(one)).length;
  return { connection, newRun, failures };
}

/** A reporter over the connection, with the lines of its log. */
function aReporter(connection: KubernetesConnection) {
  const lines: string[] = [];
  const clock = { now: NOW };
  const reporter = createEventReporter({
    connection,
    now: () => clock.now,
    reportingInstance: 'refresh@blue',
    log: { warn: (message, fields) => lines.push(JSON.stringify([message, fields])) },
  });
  return { reporter, lines, clock };
}

function expectBrief(texts: readonly string[]): void {
  for (const text of texts) {
    expect(text.length).toBeLessThan(LONGEST_REASON);
    expect(text).not.toContain(UNQUOTABLE);
  }
}

describe('answers of anything', () => {
  it('to Events end in a line at most, and what is written is an Event', async () => {
    await fc.assert(
      fc.asyncProperty(disturbances, async (turns) => {
        const { connection, newRun } = disturbed(turns, new FakeEvents());
        const { reporter, lines, clock } = aReporter(connection);
        for (const minute of [0, 31, 62]) {
          clock.now = minutes(minute);
          const before = [connection.requests.length, lines.length] as const;
          await reporter.report(REFUSALS, [], newRun());
          const after = [connection.requests.length, lines.length] as const;
          expect(after[0] - before[0]).toBeLessThanOrEqual(3 * REFUSALS.length);
          expect(after[1] - before[1]).toBeLessThanOrEqual(1);
        }
        expectBrief(lines);
        for (const { body = '' } of connection.requests) {
          const { series } = JSON.parse(body);
          if (series !== undefined) expect(series.count).toSatisfy(isCount);
        }
      }),
      runs(200),
    );
  });

  it('to statuses are reasons, and ten failures are enough', async () => {
    await fc.assert(
      fc.asyncProperty(disturbances, async (turns) => {
        const { connection, newRun, failures } = disturbed(turns);
        const { write } = createStatusWriter(connection, () => NOW);
        const reasons = await write(OF_AWSIAMROLES, newRun());
        expectBrief(reasons);
        expect(failures()).toBeLessThan(20);
      }),
      runs(200),
    );
  });
});

/** As a series may have it: an int32, of two at least. */
function isCount(count: unknown): boolean {
  return Number.isInteger(count) && Number(count) >= 2 && Number(count) < 2 ** 31;
}

const headerText = fc.oneof(
  strangeText.filter((text) => /^[\t\x20-\x7e\x80-\xff]*$/.test(text) && text.length < 8_000),
  fc.constantFrom('0', '1.5', '+1', '7'.repeat(400), 'Infinity', 'Mon', 'M', ' 5 ', '5, 6'),
  fc.constantFrom('Wed, 21 Oct 9999 07:28:00 GMT', 'Wed, 21 Oct 1970 07:28:00 GMT'),
);
const answered = fc
  .record({
    status: fc.integer({ min: 200, max: 599 }),
    retryAfter: headerText,
    body: fc.oneof(strangeValue, fc.constant({ kind: 'Status', message: 'x'.repeat(50_000) })),
  })
  .map(
    ({ status, retryAfter, body }): RequestHandler =>
      (response) => {
        response.writeHead(status, {
          'content-type': 'application/json',
          'retry-after': retryAfter,
        });
        response.end(JSON.stringify(body));
      },
  );
const WELL_FORMED = Buffer.from(
  'HTTP/1.1 503 Busy\r\nContent-Type: application/json\r\nRetry-After: 3\r\nContent-Length: 2\r\n\r\n{}',
);
const malformed = bytesMutation.map(
  (mutate): RequestHandler =>
    ({ socket }) =>
      socket?.end(mutate(WELL_FORMED)),
);
const breakings: readonly RequestHandler[] = [
  (response) => response.destroy(),
  (response) => {
    response.writeHead(200, { 'content-length': '1000' });
    response.write('half of it', () => response.destroy());
  },
];
const answering = fc.oneof(answered, malformed, fc.constantFrom(...breakings));

const TOKEN = 'k8s-aws-v1.very-secret';
const LONGEST_WAIT = 30_000;

describe('answers of anything over the wire', () => {
  let certificate: IssuedCertificate;
  let answers: readonly RequestHandler[] = [];
  beforeAll(async () => {
    certificate = await issueServerCertificate();
  });

  it('end in reasons, after waits that are bounded and tries that are few', async () => {
    const server = await startHttpsServer(certificate, (response, count, request) =>
      answers[count % answers.length]?.(response, count, request),
    );
    onTestFinished(() => server.stop());
    const address = { url: server.url, certificateAuthority: certificate.caPem };
    const turns = fc.array(answering, { minLength: 1, maxLength: 8 });
    await fc.assert(
      fc.asyncProperty(turns, async (some) => {
        answers = some;
        const before = server.requests.length;
        const waits: number[] = [];
        const connection = connectCluster({
          clusterName: 'blue',
          version: '1.2.3',
          endpoint: cacheValue(async () => address),
          token: cacheValue(async () => ({ value: TOKEN, staleAt: minutes(10) })),
          countCall() {},
          now: () => NOW,
          random: () => 0.9,
          sleep: async (milliseconds) => void waits.push(milliseconds),
        });
        const { reporter, lines } = aReporter(connection);
        const { write } = createStatusWriter(connection, () => NOW);
        await reporter.report(REFUSALS.slice(0, 2), [], FOREVER);
        const reasons = await write(OF_AWSIAMROLES.slice(0, 2), FOREVER);
        await connection.close();
        expectBrief([...lines, ...reasons]);
        expect([...lines, ...reasons].join()).not.toContain(TOKEN);
        for (const wait of waits) {
          expect(wait).toBeGreaterThanOrEqual(0);
          expect(wait).toBeLessThanOrEqual(LONGEST_WAIT);
        }
        // Each of 2 × 3 and 2 requests, tried again for each ailment as often as that is treated.
        expect(server.requests.length - before).toBeLessThanOrEqual(8 * 12);
      }),
      runs(50),
    );
  });
});
