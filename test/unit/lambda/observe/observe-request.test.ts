import { describe, expect, it } from 'vitest';
import { ClusterSetupError, ClusterUnreachableError } from '../../../../kubernetes/errors.ts';
import type { ApiRequest } from '../../../../kubernetes/kubernetes-connection.ts';
import { createRequestObserver } from '../../../../lambda/observe/observe-cluster.ts';
import { aRequest } from '../../../support/builders/builders.ts';
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
  namespaces: {
    body: {
      metadata: { name: 'shop', uid: 'n', annotations: { 'iam.amazonaws.com/permitted': '.*' } },
    },
  },
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

const observe = (answers?: Partial<Record<Read, Answer>>) =>
  createRequestObserver(answering(answers), FOREVER)(aRequest('aws-iam-orders'));

describe('observing a request', () => {
  it('finds the pod, the namespace and the Secret of the name', async () => {
    expect(await observe()).toEqual({
      pods: {
        items: [
          {
            namespace: 'shop',
            name: 'web',
            uid: 'p',
            secretNames: ['aws-iam-orders'],
            isPending: true,
          },
        ],
        seen: 1,
      },
      namespaces: {
        items: [
          {
            name: 'shop',
            uid: expect.any(String),
            terminating: false,
            annotations: { 'iam.amazonaws.com/permitted': '.*' },
          },
        ],
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
            owners: [],
          },
        ],
        seen: 1,
      },
      awsIamRoles: { items: [], seen: 0 },
    });
  });

  it('of an AWSIAMRole finds it with its status, and reads no pod', async () => {
    const metadata = { namespace: 'shop', name: 'billing', uid: 'r', generation: 3 };
    const spec = { roleReference: 'team/billing', roleSessionDuration: 900 };
    const status = { observedGeneration: 2, roleARN: 'arn', expiration: 'then', conditions: [] };
    const connection = answering({
      awsIamRoles: { body: { metadata: { ...metadata, labels: { team: 'a' } }, spec, status } },
    });
    const request = { namespace: 'shop', awsIamRole: 'billing', seenAt: '2026-11-23T12:00:00Z' };
    const { awsIamRoles, pods } = await createRequestObserver(connection, FOREVER)(request);
    const observed = {
      ...metadata,
      createdAt: new Date(0),
      labels: { team: 'a' },
      ...spec,
      status,
    };
    expect(awsIamRoles).toEqual({ items: [observed], seen: 1 });
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
    ['missing fields', {}],
  ])('omits %s of an AWSIAMRole', async (_, body) => {
    const metadata = { namespace: 'shop', name: 'billing', uid: 'r' };
    const { awsIamRoles } = await observe({ awsIamRoles: { body: { metadata, ...body } } });
    expect(awsIamRoles.items).toEqual([
      { ...metadata, generation: 0, createdAt: new Date(0), labels: {}, status: expect.anything() },
    ]);
    expect(Object.values(awsIamRoles.items[0]?.status ?? {})).toEqual([]);
  });

  it('reads the four objects concurrently, and requests no values of a Secret', async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    const connection = fakeConnection(async (request, count) => {
      if (count === 4) resolve();
      await promise;
      return ANSWERS[readOf(request)];
    });
    await createRequestObserver(connection, FOREVER)(aRequest('aws-iam-orders'));
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

  it('reads a namespace and a pod once for all requests of an event', async () => {
    const connection = answering();
    const observe = createRequestObserver(connection, FOREVER);
    const views = await Promise.all([
      observe(aRequest('aws-iam-orders')),
      observe(aRequest('aws-iam-billing')),
      observe(aRequest('aws-iam-orders', { pod: 'web-2' })),
    ]);
    await observe(aRequest('aws-iam-stock'));
    const paths = connection.requests.map(({ path }) => path.split('?')[0]);
    expect(paths.filter((path) => path === '/api/v1/namespaces/shop')).toHaveLength(1);
    expect(paths.filter((path) => path === '/api/v1/namespaces/shop/pods/web')).toHaveLength(1);
    expect(paths.filter((path) => path === '/api/v1/namespaces/shop/pods/web-2')).toHaveLength(1);
    expect(paths.filter((path) => path === '/api/v1/namespaces/shop/secrets')).toHaveLength(4);
    expect(views[0]?.namespaces).toBe(views[1]?.namespaces);
  });

  it('reads everything again for another event', async () => {
    const connection = answering();
    await createRequestObserver(connection, FOREVER)(aRequest('aws-iam-orders'));
    await createRequestObserver(connection, FOREVER)(aRequest('aws-iam-orders'));
    expect(connection.requests).toHaveLength(8);
  });

  it('does not confuse a namespace with a pod of the same name', async () => {
    const connection = answering();
    const observe = createRequestObserver(connection, FOREVER);
    await observe(aRequest('aws-iam-orders', { namespace: 'web', pod: 'shop' }));
    await observe(aRequest('aws-iam-orders', { namespace: 'shop', pod: 'web' }));
    expect(new Set(connection.requests.map(({ path }) => path)).size).toBe(8);
  });

  it.each([
    ['Pending', 1],
    ['Running', 1],
    ['Unknown', 1],
    [undefined, 1],
    ['Succeeded', 0],
    ['Failed', 0],
  ])('of a pod in phase %s finds %i pods', async (phase, count) => {
    const { pods } = await observe({ pods: { body: { ...POD, status: { phase } } } });
    expect(pods.items).toHaveLength(count);
    expect(pods.failure).toBeUndefined();
  });

  it('finds no pod that mounts no Secret with the prefix', async () => {
    const { pods } = await observe({ pods: { body: { ...POD, spec: { volumes: [] } } } });
    expect(pods).toEqual({ items: [], seen: 1 });
  });

  it('finds nothing when nothing exists, without a failure', async () => {
    const gone = statusAnswer(404, 'NotFound');
    const secrets = { body: { kind: 'PartialObjectMetadataList', items: [] } };
    const nothing = { items: [], seen: 0 };
    expect(await observe({ pods: gone, namespaces: gone, secrets })).toEqual({
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
  ] as const)('names the missing permission to read %s', async (read, verb) => {
    const view = await observe({ [read]: statusAnswer(403, 'Forbidden') });
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
    'fails only for %s when the response is 503 or invalid',
    async (read) => {
      const invalid = ['', '<html>', 'null'].map((text) => ({ body: Buffer.from(text) }));
      for (const answer of [statusAnswer(503, 'ServiceUnavailable'), ...invalid]) {
        const view = await observe({ [read]: answer });
        const failed = Object.entries(view).filter(([, { failure }]) => failure !== undefined);
        expect(failed.map(([name]) => name)).toEqual([read]);
        expect(view[read].items).toEqual([]);
      }
    },
  );

  it('throws a setup error, and returns an unreachable cluster as a failure', async () => {
    const rejecting = (error: Error) =>
      createRequestObserver(
        fakeConnection(() => Promise.reject(error)),
        FOREVER,
      )(aRequest('aws-iam-orders'));
    const setup = new ClusterSetupError('no access entry');
    await expect(rejecting(setup)).rejects.toBe(setup);
    const failure = new ClusterUnreachableError('unreachable');
    const nothing = { items: [], seen: 0, failure };
    expect(await rejecting(failure)).toEqual({
      pods: nothing,
      namespaces: nothing,
      secrets: nothing,
      awsIamRoles: nothing,
    });
  });

  it('encodes the names in paths', async () => {
    const connection = answering();
    const name = '../../x?y#z&w';
    await createRequestObserver(
      connection,
      FOREVER,
    )({
      ...aRequest(name, { namespace: `${name}n` }),
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
