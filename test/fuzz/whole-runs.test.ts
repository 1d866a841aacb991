import { inspect } from 'node:util';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RefresherError } from '../../contract/errors.ts';
import { isInScope, type NamespaceScope } from '../../contract/namespace.ts';
import type { PassEvent, PassName } from '../../contract/pass.ts';
import type { ApiRequest, KubernetesConnection } from '../../kubernetes/kubernetes-connection.ts';
import { createBackOff } from '../../lambda/act/back-off.ts';
import { createSecretApi } from '../../lambda/act/secrets/typed-secret-api.ts';
import { findSecret } from '../../lambda/observe/managed-secrets.ts';
import { observeCluster } from '../../lambda/observe/observe-cluster.ts';
import { listPods } from '../../lambda/observe/pods.ts';
import { createChangeLog } from '../../lambda/report/change-log.ts';
import { createEventReporter } from '../../lambda/report/events/event-reporter.ts';
import { createStatusWriter } from '../../lambda/report/statuses/status-writer.ts';
import { type PassDeps, runPass } from '../../lambda/run-pass.ts';
import { aPolicy, EVERYWHERE, minutes, NOW } from '../support/builders.ts';
import { fakeConnection } from '../unit/kubernetes/fake-connection.ts';
import { answerRightly } from './right-answers.ts';
import { runs } from './runs.ts';
import { type Disturbance, disturbance } from './strange-answers.ts';

const READ: ReadonlySet<string> = new Set([
  ...['kind', 'metadata', 'continue', 'items', 'name', 'namespace', 'uid', 'resourceVersion'],
  ...['labels', 'annotations', 'ownerReferences', 'spec', 'volumes', 'secret', 'secretName'],
  ...['projected', 'sources', 'roleReference', 'series', 'count', 'heritage', 'type'],
]);

/** Of a server that does not select: all of a kind, wherever it is and whatever its name. */
const unselected: Disturbance = ({ request, right }) => {
  const { method, path } = request;
  const anywhere = path.replace(/\/namespaces\/[^/]+(?=\/)/, '').replace(/fieldSelector=[^&]*/, '');
  return method === 'GET' ? answerRightly({ ...request, path: anywhere }) : right;
};

const list = fc.oneof(
  { weight: 8, arbitrary: fc.constant<Disturbance>(({ right }) => right) },
  { weight: 4, arbitrary: disturbance(READ) },
  { weight: 1, arbitrary: fc.constant(unselected) },
);
const other = fc.oneof(
  { weight: 9, arbitrary: disturbance(READ) },
  { weight: 1, arbitrary: fc.constant(unselected) },
);

/** What comes in the place of lists, of which more are right, and of everything else. */
const world = fc.record({
  lists: fc.array(list, { minLength: 1, maxLength: 9 }),
  others: fc.array(other, { minLength: 1, maxLength: 9 }),
  scope: fc.constantFrom<NamespaceScope>(
    EVERYWHERE,
    { only: ['shop'], except: [] },
    { only: [], except: ['default'] },
  ),
});
type World = typeof world extends fc.Arbitrary<infer W> ? W : never;

const VERY_SECRET = 'very-secret';

/** A session that says whose it is. */
function sessionOf(namespace: string, roleArn: string): string {
  return `${VERY_SECRET}/${Buffer.from(JSON.stringify([namespace, roleArn])).toString('hex')}/`;
}

/** A run over an API that answers by the world, with all that it asked, was refused and wrote into its log. */
function aRun({ lists, others, scope }: World) {
  const [observing, acting] = [new AbortController(), new AbortController()];
  const lines: string[] = [];
  /** The lists that did not come: those of the view, and those of a last look. */
  const [unseen, unseenAgain] = [new Set<string>(), new Set<string>()];
  const over = () => new DOMException('the time is over', 'TimeoutError');
  const connection = fakeConnection(async (request, count) => {
    const isList = request.method === 'GET' && !request.path.includes('metadata.name');
    const turns = isList ? lists : others;
    const endRun = () => {
      observing.abort(over());
      if (request.signal !== observing.signal) acting.abort(over());
    };
    const missing = request.signal === observing.signal ? unseen : unseenAgain;
    if (isList) missing.add(request.path);
    const asked = { request, right: answerRightly(request), endRun };
    const answer = (await turns[count % turns.length]?.(asked)) ?? asked.right;
    // What expired is listed anew, and may then come whole.
    if ([undefined, 200, 410].includes(answer.status)) missing.delete(request.path);
    return answer;
  });
  const time = { observing: observing.signal, acting: acting.signal };
  return { connection, lines, unseen, unseenAgain, time, deps: depsOver(connection, scope, lines) };
}
type Run = ReturnType<typeof aRun>;

/** The product's parts, as lambda/handler-deps.ts puts them together. */
function depsOver(
  connection: KubernetesConnection,
  scope: NamespaceScope,
  lines: string[],
): PassDeps {
  const now = () => NOW;
  const write = (message: string, fields: object) => lines.push(JSON.stringify([message, fields]));
  const log = { debug: write, info: write, warn: write };
  return {
    now,
    policy: aPolicy(),
    refreshBeforeSeconds: 1_800,
    observe: (phase, signal) => observeCluster(connection, { phase, scope, signal }),
    assumeRole: async ({ namespace, roleArn }) => ({
      accessKeyId: 'ASIAGIVEN',
      secretAccessKey: sessionOf(namespace, roleArn),
      sessionToken: `${VERY_SECRET}-token`,
      expiresAt: minutes(60),
    }),
    secretApi: async () => createSecretApi(connection),
    findSecret: (namespace, name, signal) => findSecret(connection, namespace, name, signal),
    listPodsOf: (namespace, signal) =>
      listPods(connection, { phase: 'live', scope: { only: [namespace], except: [] }, signal }),
    backOff: createBackOff(),
    statusWriter: createStatusWriter(connection, now),
    eventReporter: createEventReporter({ connection, now, reportingInstance: 'fuzz', log }),
    changeLog: createChangeLog(log),
    addMetrics() {},
  };
}

/** A write of a Secret: where, and what. */
function writeOf({ method, path, body = '{}' }: ApiRequest) {
  const [, namespace = '', name] =
    /^\/api\/v1\/namespaces\/([^/?]+)\/secrets(?:\/([^/?]+))?/.exec(path) ?? [];
  const sent = JSON.parse(body);
  return {
    method,
    namespace: decodeURIComponent(namespace),
    name: decodeURIComponent(name ?? sent.metadata?.name ?? ''),
    data: (sent.data ?? {}) as Record<string, string>,
    isMark: typeof sent.metadata?.annotations?.['kube-aws-iam/unused-since'] === 'string',
    isForAwsIamRole: sent.metadata?.labels?.type === 'awsiamrole',
  };
}
type Write = ReturnType<typeof writeOf>;

/** What is in it was asked for there, and of pods' Secrets, under that name. */
function expectInItsPlace({ namespace, name, data, isForAwsIamRole }: Write): void {
  const { credentials } = data;
  if (credentials === undefined) return;
  const text = Buffer.from(credentials, 'base64').toString();
  const hex = /very-secret\/([0-9a-f]+)\//.exec(text)?.[1] ?? '';
  const [asking, roleArn] = JSON.parse(Buffer.from(hex, 'hex').toString());
  expect(asking).toBe(namespace);
  if (!isForAwsIamRole) expect(name).toBe(`aws-iam-${String(roleArn).split('/').at(-1)}`);
}

/** All that says of a Secret that it is no longer wanted. */
const isRemoval = ({ method, isMark }: Write) => method === 'DELETE' || isMark;

const MOST_REQUESTS = 200;

const isOfSecret = ({ method, path }: ApiRequest) =>
  method !== 'GET' && path.startsWith('/api/v1/');

/** Whether a list by which a sweep removes did not come whole, by what was answered or by what the run says. */
function isHalfSeen({ unseen }: Run, error: unknown): boolean {
  return (
    ['pods', 'secrets'].some((list) => String(error).includes(`${list}: `)) ||
    [...unseen].some((path) => /^\/api\/v1\/(?:namespaces\/shop\/)?(?:pods|secrets)\?/.test(path))
  );
}

function expectLookedAtAgain({ unseenAgain }: Run, { method, namespace }: Write): void {
  if (method !== 'DELETE') return;
  const ofItsPods = `/api/v1/namespaces/${namespace}/pods?`;
  expect([...unseenAgain].filter((path) => path.startsWith(ofItsPods))).toEqual([]);
}

/** The files that hold a session, as they are sent. */
function secretFiles({ data }: Write): string[] {
  return [data['credentials'], data['credentials.json']].filter((file) => file !== undefined);
}

function expectNothingTold({ lines, connection }: Run, error: unknown, writes: Write[]): void {
  const others = connection.requests.filter((request) => !isOfSecret(request));
  const bodies = others.map(({ body = '' }) => body);
  const told = [...lines, ...bodies, inspect(error, { depth: 9 })].join('\n');
  for (const value of [VERY_SECRET, ...writes.flatMap(secretFiles)]) {
    expect(told).not.toContain(value);
  }
}

describe.each<[PassName, PassEvent]>([
  ['refresh', { pass: 'refresh' }],
  ['sweep', { pass: 'sweep' }],
])('a whole %s over an API that answers anything', (acting, event) => {
  it('ends, keeps to its namespaces, removes nothing half seen, and tells no credential', async () => {
    await fc.assert(
      fc.asyncProperty(world, async (answers) => {
        const run = aRun(answers);
        const error = await runPass(run.deps, event, acting, run.time).then(
          () => undefined,
          (thrown: unknown) => thrown,
        );
        if (error !== undefined) expect(error).toBeInstanceOf(RefresherError);
        const { requests } = run.connection;
        expect(requests.length).toBeLessThan(MOST_REQUESTS);
        const writes = requests.filter(isOfSecret).map(writeOf);
        for (const write of writes) {
          expect(write.namespace).toSatisfy((name) => isInScope(answers.scope, name));
          expectInItsPlace(write);
          expectLookedAtAgain(run, write);
        }
        const mayRemove = acting === 'sweep' && !isHalfSeen(run, error);
        if (!mayRemove) expect(writes.filter(isRemoval)).toEqual([]);
        expectNothingTold(run, error, writes);
      }),
      runs(400),
    );
  });
});
