import { inspect } from 'node:util';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RefresherError } from '../../contract/errors.ts';
import { isInScope, type NamespaceScope } from '../../contract/kubernetes/namespace.ts';
import { DEFAULT_SECRET_METADATA } from '../../contract/kubernetes/secret.ts';
import type { PassEvent, PassName } from '../../contract/pass.ts';
import type { ApiRequest, KubernetesConnection } from '../../kubernetes/kubernetes-connection.ts';
import { createBackOff } from '../../lambda/act/back-off.ts';
import { createCreationHistory } from '../../lambda/act/creation-history.ts';
import { createSecretApi } from '../../lambda/act/secrets/typed-secret-api.ts';
import { findSecret, listSecretByName } from '../../lambda/observe/managed-secrets.ts';
import { observeCluster } from '../../lambda/observe/observe-cluster.ts';
import { listPods } from '../../lambda/observe/pods.ts';
import { createChangeLog } from '../../lambda/report/change-log.ts';
import { createEventReporter } from '../../lambda/report/events/event-reporter.ts';
import { createStatusWriter } from '../../lambda/report/statuses/status-writer.ts';
import { type PassDeps, runPass } from '../../lambda/run-pass.ts';
import { aPolicy, EVERYWHERE, minutes, NOW, SESSION_CONFIG } from '../support/builders/builders.ts';
import { fakeConnection } from '../unit/kubernetes/fake-connection.ts';
import { type Disturbance, disturbance } from './disturbed-responses.ts';
import { numRuns } from './num-runs.ts';
import { validResponse } from './valid-responses.ts';

const READ: ReadonlySet<string> = new Set([
  ...['kind', 'metadata', 'continue', 'items', 'name', 'namespace', 'uid', 'resourceVersion'],
  ...['labels', 'annotations', 'ownerReferences', 'spec', 'volumes', 'secret', 'secretName'],
  ...['projected', 'sources', 'roleReference', 'series', 'count', 'heritage', 'type'],
]);

/** A server that ignores selectors and namespaces. */
const unselected: Disturbance = ({ request, valid }) => {
  const { method, path } = request;
  const anywhere = path.replace(/\/namespaces\/[^/]+(?=\/)/, '').replace(/fieldSelector=[^&]*/, '');
  return method === 'GET' ? validResponse({ ...request, path: anywhere }) : valid;
};

const list = fc.oneof(
  { weight: 8, arbitrary: fc.constant<Disturbance>(({ valid }) => valid) },
  { weight: 4, arbitrary: disturbance(READ) },
  { weight: 1, arbitrary: fc.constant(unselected) },
);
const other = fc.oneof(
  { weight: 9, arbitrary: disturbance(READ) },
  { weight: 1, arbitrary: fc.constant(unselected) },
);

/** Disturbances of lists, of which more stay valid, and of all other requests. */
const disturbances = fc.record({
  lists: fc.array(list, { minLength: 1, maxLength: 9 }),
  others: fc.array(other, { minLength: 1, maxLength: 9 }),
  scope: fc.constantFrom<NamespaceScope>(
    EVERYWHERE,
    { only: ['shop'], except: [] },
    { only: [], except: ['default'] },
  ),
});
type Disturbances = typeof disturbances extends fc.Arbitrary<infer W> ? W : never;

const VERY_SECRET = 'very-secret';

/** Encodes the namespace and the role into a session. */
function sessionOf(namespace: string, roleArn: string): string {
  return `${VERY_SECRET}/${Buffer.from(JSON.stringify([namespace, roleArn])).toString('hex')}/`;
}

/** Creates a pass with a disturbed API, and returns its requests, failed lists and log lines. */
function createPass({ lists, others, scope }: Disturbances) {
  const [observing, acting] = [new AbortController(), new AbortController()];
  const lines: string[] = [];
  /** Paths of incomplete lists, while observing and before a removal. */
  const [failedLists, failedRechecks] = [new Set<string>(), new Set<string>()];
  const timeout = () => new DOMException('the time limit was reached', 'TimeoutError');
  const connection = fakeConnection(async (request, count) => {
    const isList = request.method === 'GET' && !request.path.includes('metadata.name');
    const turns = isList ? lists : others;
    const endPass = () => {
      observing.abort(timeout());
      if (request.signal !== observing.signal) acting.abort(timeout());
    };
    const missing = request.signal === observing.signal ? failedLists : failedRechecks;
    // A page may be requested again with fewer objects.
    const page = request.path.replace(/limit=\d+/, '');
    if (isList) missing.add(page);
    const asked = { request, valid: validResponse(request), endPass };
    const answer = (await turns[count % turns.length]?.(asked)) ?? asked.valid;
    // An expired list is restarted, and may then be complete.
    if ([undefined, 200, 410].includes(answer.status)) missing.delete(page);
    return answer;
  });
  const time = { observing: observing.signal, acting: acting.signal };
  return {
    connection,
    lines,
    failedLists,
    failedRechecks,
    time,
    deps: depsOver(connection, scope, lines),
  };
}
type DisturbedPass = ReturnType<typeof createPass>;

/** Wires the product's parts as lambda/handler-deps.ts does. */
function depsOver(
  connection: KubernetesConnection,
  scope: NamespaceScope,
  lines: string[],
): PassDeps {
  const now = () => NOW;
  const write = (message: string, fields: object) => lines.push(JSON.stringify([message, fields]));
  const log = { debug: write, info: write, warn: write };
  return {
    ...SESSION_CONFIG,
    secretMetadata: DEFAULT_SECRET_METADATA,
    now,
    policy: aPolicy(),
    refreshBeforeSeconds: 1_800,
    observe: (phase, signal) => observeCluster(connection, { phase, scope, signal }),
    assumeRole: async ({ namespace, roleArn }) => ({
      accessKeyId: 'ASIAISSUED',
      secretAccessKey: sessionOf(namespace, roleArn),
      sessionToken: `${VERY_SECRET}-token`,
      expiresAt: minutes(60),
    }),
    secretApi: async () => createSecretApi(connection),
    lookUpSecret: (secret, signal) =>
      listSecretByName(connection, { ...secret, freshness: 'any' }, signal),
    findSecret: (namespace, name, signal) => findSecret(connection, namespace, name, signal),
    listPodsOf: (namespace, signal) =>
      listPods(connection, { phase: 'live', scope: { only: [namespace], except: [] }, signal }),
    backOff: createBackOff(),
    creations: createCreationHistory(),
    statusWriter: createStatusWriter(connection, now),
    eventReporter: createEventReporter({ connection, now, reportingInstance: 'fuzz', log }),
    changeLog: createChangeLog(log),
    addMetrics() {},
  };
}

/** Reads the write of a Secret. */
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

/** Fails unless the session belongs to the namespace and, for a pod's Secret, to the role in its name. */
function expectRightSession({ namespace, name, data, isForAwsIamRole }: Write): void {
  const { credentials } = data;
  if (credentials === undefined) return;
  const text = Buffer.from(credentials, 'base64').toString();
  const hex = /very-secret\/([0-9a-f]+)\//.exec(text)?.[1] ?? '';
  const [owner, roleArn] = JSON.parse(Buffer.from(hex, 'hex').toString());
  expect(owner).toBe(namespace);
  if (!isForAwsIamRole) expect(name).toBe(`aws-iam-${String(roleArn).split('/').at(-1)}`);
}

/** Whether a write marks or deletes a Secret. */
const isRemoval = ({ method, isMark }: Write) => method === 'DELETE' || isMark;

const MAX_REQUESTS = 200;

const isOfSecret = ({ method, path }: ApiRequest) =>
  method !== 'GET' && path.startsWith('/api/v1/');

/** Whether a list that a removal depends on was incomplete, according to the responses or to the pass. */
function isIncomplete({ failedLists }: DisturbedPass, error: unknown): boolean {
  return (
    // Messages of the server may contain the same words.
    /(?:incomplete lists: |; )(?:pods|secrets): /.test(String(error)) ||
    [...failedLists].some((path) =>
      /^\/api\/v1\/(?:namespaces\/shop\/)?(?:pods|secrets)\?/.test(path),
    )
  );
}

function expectRechecked({ failedRechecks }: DisturbedPass, { method, namespace }: Write): void {
  if (method !== 'DELETE') return;
  const ofItsPods = `/api/v1/namespaces/${namespace}/pods?`;
  expect([...failedRechecks].filter((path) => path.startsWith(ofItsPods))).toEqual([]);
}

/** Returns the files of a write that hold a session. */
function secretFiles({ data }: Write): string[] {
  return [data['credentials'], data['credentials.json']].filter((file) => file !== undefined);
}

function expectNoSecretLeaked(
  { lines, connection }: DisturbedPass,
  error: unknown,
  writes: Write[],
): void {
  const others = connection.requests.filter((request) => !isOfSecret(request));
  const bodies = others.map(({ body = '' }) => body);
  const output = [...lines, ...bodies, inspect(error, { depth: 9 })].join('\n');
  for (const value of [VERY_SECRET, ...writes.flatMap(secretFiles)]) {
    expect(output).not.toContain(value);
  }
}

describe.each<[PassName, PassEvent]>([
  ['refresh', { pass: 'refresh' }],
  ['sweep', { pass: 'sweep' }],
])('a whole %s pass with any API responses', (acting, event) => {
  it('ends, stays in its namespaces, removes nothing on an incomplete list, and leaks no credential', async () => {
    await fc.assert(
      fc.asyncProperty(disturbances, async (some) => {
        const pass = createPass(some);
        const error = await runPass(pass.deps, event, acting, pass.time).then(
          () => undefined,
          (thrown: unknown) => thrown,
        );
        if (error !== undefined) expect(error).toBeInstanceOf(RefresherError);
        const { requests } = pass.connection;
        expect(requests.length).toBeLessThan(MAX_REQUESTS);
        const writes = requests.filter(isOfSecret).map(writeOf);
        for (const write of writes) {
          expect(write.namespace).toSatisfy((name) => isInScope(some.scope, name));
          expectRightSession(write);
          expectRechecked(pass, write);
        }
        const mayRemove = acting === 'sweep' && !isIncomplete(pass, error);
        if (!mayRemove) expect(writes.filter(isRemoval)).toEqual([]);
        expectNoSecretLeaked(pass, error, writes);
      }),
      numRuns(400),
    );
  });
});
