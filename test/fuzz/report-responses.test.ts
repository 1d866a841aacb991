import fc from 'fast-check';
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { cacheValue } from '../../kubernetes/cached-value.ts';
import { connectCluster } from '../../kubernetes/connection/connect-cluster.ts';
import { eksRemedies } from '../../kubernetes/eks/eks-remedies.ts';
import type { KubernetesConnection } from '../../kubernetes/kubernetes-connection.ts';
import type { ItemOutcome } from '../../lambda/act/item-outcome.ts';
import { createEventReporter } from '../../lambda/report/events/event-reporter.ts';
import { createStatusWriter } from '../../lambda/report/statuses/status-writer.ts';
import {
  type IssuedCertificate,
  issueServerCertificate,
} from '../../local/kubernetes/certificates.ts';
import { anAwsIamRole, BASE_ROLE_ARN, minutes, NOW } from '../support/builders/builders.ts';
import { aPodReference, aRefusal } from '../support/builders/event-builders.ts';
import { FakeEvents } from '../support/builders/fake-events.ts';
import {
  type RequestHandler,
  startHttpsServer,
} from '../unit/kubernetes/connection/https-server.ts';
import { FOREVER, fakeConnection } from '../unit/kubernetes/fake-connection.ts';
import { arbitraryText, arbitraryValue } from './arbitrary-values.ts';
import { type Disturbance, disturbance, UNQUOTABLE } from './disturbed-responses.ts';
import { bytesMutation } from './mutated-bytes.ts';
import { numRuns } from './num-runs.ts';

const READ: ReadonlySet<string> = new Set(['kind', 'series', 'count', 'metadata', 'name', 'note']);
const disturbances = fc.array(disturbance(READ), { minLength: 1, maxLength: 8 });

const REFUSALS = Array.from({ length: 6 }, (_, i) =>
  aRefusal({}, aPodReference(`web-${i}`, i % 2 === 0 ? 'shop' : 'bank')),
);
const AWSIAMROLE_OUTCOMES = Array.from({ length: 40 }, (_, i): ItemOutcome => {
  const name = `orders-${i}`;
  return {
    ...{ action: 'create', namespace: 'shop', name, role: name, roleArn: BASE_ROLE_ARN + name },
    ...{ sessionSeconds: 3_600, awsIamRole: anAwsIamRole(name) },
    ...{ result: 'created', expiresAt: minutes(60) },
  };
});

/** Maximum length of a message: 2,000 characters of the server, and the text around them. */
const MAX_MESSAGE_LENGTH = 3_000;

/** Creates an API that applies the disturbances in turn, and the signal of a pass. */
function disturbedApi(
  turns: readonly Disturbance[],
  valid: KubernetesConnection = fakeConnection(({ body = '{}' }) => ({ body: JSON.parse(body) })),
) {
  let pass = new AbortController();
  const statuses: number[] = [];
  const connection = fakeConnection(async (request, count) => {
    statuses[count - 1] = 0;
    const endPass = () =>
      pass.abort(new DOMException('the time limit was reached', 'TimeoutError'));
    const asked = { request, valid: await valid.send(request), endPass };
    const answer = (await turns[count % turns.length]?.(asked)) ?? asked.valid;
    statuses[count - 1] = answer.status ?? 200;
    return answer;
  });
  const newPass = () => {
    pass = new AbortController();
    return pass.signal;
  };
  /** Returns the number of failed status writes. A request without a response counts as 0. */
  const failures = () => statuses.filter((one) => ![200, 404, 409].includes(one)).length;
  return { connection, newPass, failures };
}

/** Creates an event reporter, and returns its log lines. */
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

function expectShort(texts: readonly string[]): void {
  for (const text of texts) {
    expect(text.length).toBeLessThan(MAX_MESSAGE_LENGTH);
    expect(text).not.toContain(UNQUOTABLE);
  }
}

describe('any response', () => {
  it('to Event writes causes at most one log line, and no invalid series', async () => {
    await fc.assert(
      fc.asyncProperty(disturbances, async (turns) => {
        const { connection, newPass } = disturbedApi(turns, new FakeEvents());
        const { reporter, lines, clock } = aReporter(connection);
        for (const minute of [0, 31, 62]) {
          clock.now = minutes(minute);
          const before = [connection.requests.length, lines.length] as const;
          await reporter.report(REFUSALS, [], newPass());
          const after = [connection.requests.length, lines.length] as const;
          expect(after[0] - before[0]).toBeLessThanOrEqual(3 * REFUSALS.length);
          expect(after[1] - before[1]).toBeLessThanOrEqual(1);
        }
        expectShort(lines);
        for (const { body = '' } of connection.requests) {
          const { series } = JSON.parse(body);
          if (series !== undefined) expect(series.count).toSatisfy(isCount);
        }
      }),
      numRuns(200),
    );
  });

  it('to status writes is a short message, and ten failures end the writes', async () => {
    await fc.assert(
      fc.asyncProperty(disturbances, async (turns) => {
        const { connection, newPass, failures } = disturbedApi(turns);
        const { write } = createStatusWriter(connection, () => NOW);
        const reasons = await write(AWSIAMROLE_OUTCOMES, newPass());
        expectShort(reasons);
        expect(failures()).toBeLessThan(20);
      }),
      numRuns(200),
    );
  });
});

/** Whether a count is valid in a series: an int32 of at least two. */
function isCount(count: unknown): boolean {
  return Number.isInteger(count) && Number(count) >= 2 && Number(count) < 2 ** 31;
}

const headerText = fc.oneof(
  arbitraryText.filter((text) => /^[\t\x20-\x7e\x80-\xff]*$/.test(text) && text.length < 8_000),
  fc.constantFrom('0', '1.5', '+1', '7'.repeat(400), 'Infinity', 'Mon', 'M', ' 5 ', '5, 6'),
  fc.constantFrom('Wed, 21 Oct 9999 07:28:00 GMT', 'Wed, 21 Oct 1970 07:28:00 GMT'),
);
const httpResponse = fc
  .record({
    status: fc.integer({ min: 200, max: 599 }),
    retryAfter: headerText,
    body: fc.oneof(arbitraryValue, fc.constant({ kind: 'Status', message: 'x'.repeat(50_000) })),
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
const brokenConnections: readonly RequestHandler[] = [
  (response) => response.destroy(),
  (response) => {
    response.writeHead(200, { 'content-length': '1000' });
    response.write('partial', () => response.destroy());
  },
];
const handler = fc.oneof(httpResponse, malformed, fc.constantFrom(...brokenConnections));

const TOKEN = 'k8s-aws-v1.very-secret';
const MAX_WAIT_MS = 30_000;

describe('any response over a real connection', () => {
  let certificate: IssuedCertificate;
  let handlers: readonly RequestHandler[] = [];
  beforeAll(async () => {
    certificate = await issueServerCertificate();
  });

  it('causes short messages, bounded waits and a bounded number of retries', async () => {
    const server = await startHttpsServer(certificate, (response, count, request) =>
      handlers[count % handlers.length]?.(response, count, request),
    );
    onTestFinished(() => server.stop());
    const address = { url: server.url, certificateAuthority: certificate.caPem };
    const turns = fc.array(handler, { minLength: 1, maxLength: 8 });
    await fc.assert(
      fc.asyncProperty(turns, async (some) => {
        handlers = some;
        const before = server.requests.length;
        const waits: number[] = [];
        const connection = connectCluster({
          clusterName: 'blue',
          version: '1.2.3',
          endpoint: cacheValue(async () => address),
          remedies: eksRemedies('blue'),
          credentials: cacheValue(async () => ({ value: TOKEN, staleAt: minutes(10) })),
          countCall() {},
          now: () => NOW,
          random: () => 0.9,
          sleep: async (milliseconds) => void waits.push(milliseconds),
        });
        const { reporter, lines } = aReporter(connection);
        const { write } = createStatusWriter(connection, () => NOW);
        await reporter.report(REFUSALS.slice(0, 2), [], FOREVER);
        const reasons = await write(AWSIAMROLE_OUTCOMES.slice(0, 2), FOREVER);
        await connection.close();
        expectShort([...lines, ...reasons]);
        expect([...lines, ...reasons].join()).not.toContain(TOKEN);
        for (const wait of waits) {
          expect(wait).toBeGreaterThanOrEqual(0);
          expect(wait).toBeLessThanOrEqual(MAX_WAIT_MS);
        }
        // Two Events with three requests each and two statuses, each with the maximum number of retries.
        expect(server.requests.length - before).toBeLessThanOrEqual(8 * 12);
      }),
      numRuns(50),
    );
  });
});
