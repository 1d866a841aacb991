import { describe, expect, it } from 'vitest';
import { ClusterSetupError, ClusterUnreachableError } from '../../../../kubernetes/errors.ts';
import type { ApiRequest } from '../../../../kubernetes/kubernetes-connection.ts';
import { createRequestObserver } from '../../../../lambda/observe/observe-cluster.ts';
import { aWant } from '../../../support/builders.ts';
import {
  type Answer,
  FOREVER,
  fakeConnection,
  queryOf,
  statusAnswer,
} from '../../kubernetes/fake-connection.ts';

type Read = 'pods' | 'namespaces' | 'secrets' | 'awsIamRoles';

function readOf({ path }: ApiRequest): Read {
  if (path.includes('/secrets?')) return 'secrets';
  if (path.includes('/awsiamroles/')) return 'awsIamRoles';
  return path.includes('/pods/') ? 'pods' : 'namespaces';
}

const POD = {
  metadata: { namespace: 'shop', name: 'web', uid: 'p' },
  spec: { volumes: [{ secret: { secretName: 'aws-iam-orders' } }] },
  status: { phase: 'Pending' },
};
const ANSWERS: Readonly<Record<Read, Answer>> = {
  awsIamRoles: statusAnswer(404, 'NotFound'),
  pods: { body: POD },
  namespaces: { body: { metadata: { name: 'shop', uid: 'n', annotations: { a: 'b' } } } },
  secrets: {
    body: {
      kind: 'PartialObjectMetadataList',
      items: [
        {
          metadata: {
            namespace: 'shop',
            name: 'aws-iam-orders',
            uid: 's',
            resourceVersion: '7',
            labels: { heritage: 'helm' },
          },
        },
      ],
    },
  },
};

const answering = (answers: Partial<Record<Read, Answer>> = {}) =>
  fakeConnection((request) => ({ ...ANSWERS, ...answers })[readOf(request)]);

const look = (answers?: Partial<Record<Read, Answer>>) =>
  createRequestObserver(answering(answers), FOREVER)(aWant('aws-iam-orders'));

describe('a look at a want', () => {
  it('finds the pod, the namespace and whatever Secret has the name', async () => {
    expect(await look()).toEqual({
      pods: {
        items: [{ namespace: 'shop', name: 'web', uid: 'p', secretNames: ['aws-iam-orders'] }],
        seen: 1,
      },
      namespaces: {
        items: [{ name: 'shop', terminating: false, annotations: { a: 'b' } }],
        seen: 1,
      },
      secrets: {
        items: [
          {
            namespace: 'shop',
            name: 'aws-iam-orders',
            uid: 's',
            resourceVersion: '7',
            labels: { heritage: 'helm' },
            annotations: {},
            ownerUids: [],
          },
        ],
        seen: 1,
      },
      awsIamRoles: { items: [], seen: 0 },
    });
  });

  it('of an AWSIAMRole finds it and its status, and looks for no pod', async () => {
    const metadata = { namespace: 'shop', name: 'billing', uid: 'r', generation: 3 };
    const spec = { roleReference: 'team/billing', roleSessionDuration: 900 };
    const status = { observedGeneration: 2, roleARN: 'arn', expiration: 'then', conditions: [] };
    const connection = answering({
      awsIamRoles: { body: { metadata: { ...metadata, labels: { team: 'a' } }, spec, status } },
    });
    const want = { namespace: 'shop', awsIamRole: 'billing', seenAt: '2026-11-23T12:00:00Z' };
    const { awsIamRoles, pods } = await createRequestObserver(connection, FOREVER)(want);
    const seen = { ...metadata, terminating: false, labels: { team: 'a' }, ...spec, status };
    expect(awsIamRoles).toEqual({ items: [seen], seen: 1 });
    expect(pods).toEqual({ items: [], seen: 0 });
    expect(connection.requests.map(({ path }) => path.split('?')[0]).sort()).toEqual([
      '/api/v1/namespaces/shop',
      '/api/v1/namespaces/shop/secrets',
      '/apis/zalando.org/v1/namespaces/shop/awsiamroles/billing',
    ]);
  });

  it.each([
    ['a number for a reference', { spec: { roleReference: 7, roleSessionDuration: 'long' } }],
    ['a text for conditions', { status: { conditions: 'Ready', observedGeneration: '2' } }],
    ['nothing', {}],
  ])('of an AWSIAMRole with %s leaves it out', async (_, body) => {
    const metadata = { namespace: 'shop', name: 'billing', uid: 'r' };
    const { awsIamRoles } = await look({ awsIamRoles: { body: { metadata, ...body } } });
    expect(awsIamRoles.items).toEqual([
      { ...metadata, generation: 0, terminating: false, labels: {}, status: expect.anything() },
    ]);
    expect(Object.values(awsIamRoles.items[0]?.status ?? {})).toEqual([]);
  });

  it('makes its four reads at the same time, and asks for no value of a Secret', async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    const connection = fakeConnection(async (request, count) => {
      if (count === 4) resolve();
      await promise;
      return ANSWERS[readOf(request)];
    });
    await createRequestObserver(connection, FOREVER)(aWant('aws-iam-orders'));
    const { pods, namespaces, secrets } = Object.fromEntries(
      connection.requests.map((request) => [readOf(request), request]),
    );
    expect(pods?.path).toBe('/api/v1/namespaces/shop/pods/web');
    expect(namespaces?.path).toBe('/api/v1/namespaces/shop');
    expect(secrets?.path).toMatch(/^\/api\/v1\/namespaces\/shop\/secrets\?/);
    expect(secrets && queryOf(secrets).get('fieldSelector')).toBe('metadata.name=aws-iam-orders');
    expect(secrets && queryOf(secrets).has('labelSelector')).toBe(false);
    expect(secrets?.headers?.['accept']).not.toMatch(/application\/json(,|$)/);
    expect(connection.requests.map(({ method }) => method)).toEqual(['GET', 'GET', 'GET', 'GET']);
  });

  it('reads a namespace and a pod once for all wants of an event, at once or not', async () => {
    const connection = answering();
    const observe = createRequestObserver(connection, FOREVER);
    const views = await Promise.all([
      observe(aWant('aws-iam-orders')),
      observe(aWant('aws-iam-billing')),
      observe(aWant('aws-iam-orders', { pod: 'web-2' })),
    ]);
    await observe(aWant('aws-iam-stock'));
    const paths = connection.requests.map(({ path }) => path.split('?')[0]);
    expect(paths.filter((path) => path === '/api/v1/namespaces/shop')).toHaveLength(1);
    expect(paths.filter((path) => path === '/api/v1/namespaces/shop/pods/web')).toHaveLength(1);
    expect(paths.filter((path) => path === '/api/v1/namespaces/shop/pods/web-2')).toHaveLength(1);
    expect(paths.filter((path) => path === '/api/v1/namespaces/shop/secrets')).toHaveLength(4);
    expect(views[0]?.namespaces).toBe(views[1]?.namespaces);
  });

  it('of another event reads them anew', async () => {
    const connection = answering();
    await createRequestObserver(connection, FOREVER)(aWant('aws-iam-orders'));
    await createRequestObserver(connection, FOREVER)(aWant('aws-iam-orders'));
    expect(connection.requests).toHaveLength(8);
  });

  it('does not confuse a namespace with a pod of the same name', async () => {
    const connection = answering();
    const observe = createRequestObserver(connection, FOREVER);
    await observe(aWant('aws-iam-orders', { namespace: 'web', pod: 'shop' }));
    await observe(aWant('aws-iam-orders', { namespace: 'shop', pod: 'web' }));
    expect(new Set(connection.requests.map(({ path }) => path)).size).toBe(8);
  });

  it.each([
    ['Pending', 1],
    ['Running', 1],
    ['Unknown', 1],
    [undefined, 1],
    ['Succeeded', 0],
    ['Failed', 0],
  ])('of a pod in phase %s finds %i', async (phase, count) => {
    const { pods } = await look({ pods: { body: { ...POD, status: { phase } } } });
    expect(pods.items).toHaveLength(count);
    expect(pods.failure).toBeUndefined();
  });

  it('finds no pod that mounts nothing with the prefix', async () => {
    const { pods } = await look({ pods: { body: { ...POD, spec: { volumes: [] } } } });
    expect(pods).toEqual({ items: [], seen: 1 });
  });

  it('finds nothing where nothing is, which is no failure', async () => {
    const gone = statusAnswer(404, 'NotFound');
    const secrets = { body: { kind: 'PartialObjectMetadataList', items: [] } };
    const nothing = { items: [], seen: 0 };
    expect(await look({ pods: gone, namespaces: gone, secrets })).toEqual({
      pods: nothing,
      namespaces: nothing,
      secrets: nothing,
      awsIamRoles: nothing,
    });
  });

  it.each([
    ['pods', 'get'],
    ['namespaces', 'get'],
    ['secrets', 'list'],
    ['awsIamRoles', 'get'],
  ] as const)('that may not read %s says which permission is missing', async (read, verb) => {
    const view = await look({ [read]: statusAnswer(403, 'Forbidden') });
    expect(view[read].items).toEqual([]);
    expect(view[read].failure).toMatchObject({
      status: 403,
      message: expect.stringContaining(
        `the verb ${verb} on ${read.toLowerCase()} in namespace "shop"`,
      ),
    });
    const failed = Object.values(view).filter(({ failure }) => failure !== undefined);
    expect(failed).toHaveLength(1);
  });

  it.each(['pods', 'namespaces', 'secrets', 'awsIamRoles'] as const)(
    'that is answered 503 or nonsense of %s has failed there, and only there',
    async (read) => {
      const nonsense = ['', '<html>', 'null'].map((text) => ({ body: Buffer.from(text) }));
      for (const answer of [statusAnswer(503, 'ServiceUnavailable'), ...nonsense]) {
        const view = await look({ [read]: answer });
        const failed = Object.entries(view).filter(([, { failure }]) => failure !== undefined);
        expect(failed.map(([name]) => name)).toEqual([read]);
        expect(view[read].items).toEqual([]);
      }
    },
  );

  it('throws what a person has to change, and keeps in the view that nobody is there', async () => {
    const rejecting = (error: Error) =>
      createRequestObserver(
        fakeConnection(() => Promise.reject(error)),
        FOREVER,
      )(aWant('aws-iam-orders'));
    const setup = new ClusterSetupError('no access entry');
    await expect(rejecting(setup)).rejects.toBe(setup);
    const failure = new ClusterUnreachableError('nobody there');
    const nothing = { items: [], seen: 0, failure };
    expect(await rejecting(failure)).toEqual({
      pods: nothing,
      namespaces: nothing,
      secrets: nothing,
      awsIamRoles: nothing,
    });
  });

  it('stays in its place whatever the names are', async () => {
    const connection = answering();
    const name = '../../x?y#z&w';
    await createRequestObserver(
      connection,
      FOREVER,
    )({
      ...aWant(name, { namespace: `${name}n` }),
      pod: `${name}p`,
    });
    for (const { path } of connection.requests) {
      const { pathname, searchParams, hash } = new URL(path, 'https://cluster.test');
      expect(pathname).toMatch(
        /^\/apis?\/(zalando.org\/)?v1\/namespaces\/[^/]+(\/(pods|awsiamroles)\/[^/]+|\/secrets)?$/,
      );
      expect(hash).toBe('');
      expect([...searchParams.keys()].sort()).toEqual(
        pathname.endsWith('/secrets') ? ['fieldSelector', 'limit', 'resourceVersion'] : [],
      );
    }
  });
});
