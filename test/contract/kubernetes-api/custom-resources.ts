import { beforeAll, describe, expect, it } from 'vitest';
import { waitUntil } from '../../../local/wait-until.ts';
import {
  awsIamRoleDefinition,
  awsIamRoles,
  DEFINITION_NAME,
  DEFINITIONS,
  HEADER,
  installAwsIamRoles,
} from '../../support/awsiamrole-definition.ts';
import {
  type ContractContext,
  type ContractSuite,
  describeInNamespace,
  namesOf,
} from './contract-context.ts';
import { openWatch, summary } from './watch-events.ts';

const MERGE = { 'content-type': 'application/merge-patch+json' };
const READY = {
  type: 'Ready',
  status: 'True',
  lastTransitionTime: '2026-01-02T03:04:05Z',
  reason: 'CredentialsCreated',
  message: '',
};

const roles = ({ namespace }: ContractContext) => awsIamRoles(namespace);
const create = (c: ContractContext, name: string, more: object = {}) =>
  c.api.send('POST', roles(c), {
    body: { ...HEADER, metadata: { name }, spec: { roleReference: 'app-a' }, ...more },
  });
const patch = (c: ContractContext, path: string, body: object) =>
  c.api.send('PATCH', `${roles(c)}/${path}`, { body, headers: MERGE });

/** AWSIAMRoles, by the custom resource definition of the chart. */
export const customResourcesContract: ContractSuite = (server) => {
  describeInNamespace('custom resources', server, (context) => {
    it.each([
      ['list', ''],
      ['watch', '?watch=true&resourceVersion=0'],
    ])('are not found before they are defined: %s', async (_, query) => {
      const answer = await context().api.open('GET', `${awsIamRoles()}${query}`);
      expect(answer.status).toBe(404);
      expect(await answer.text()).toBe('404 page not found\n');
    });

    describe('once they are defined', () => {
      beforeAll(() => installAwsIamRoles(context().api));
      definedContract(context);
      ownershipContract(context);
    });
  });
};

function definedContract(context: () => ContractContext): void {
  it('show the definition as it was made, and established', async () => {
    const { body } = await context().api.send('GET', `${DEFINITIONS}/${DEFINITION_NAME}`);
    const { spec } = awsIamRoleDefinition();
    expect(body).toMatchObject({ kind: 'CustomResourceDefinition', spec });
    expect((body['status'] as { conditions: unknown }).conditions).toEqual(
      expect.arrayContaining([expect.objectContaining({ type: 'Established', status: 'True' })]),
    );
  });

  it('begin with generation 1, without a status, and without what they do not have', async () => {
    const c = context();
    const { status, body } = await create(c, 'new', {
      odd: 1,
      spec: { roleReference: 'app-a', odd: 1, roleSessionDuration: null },
      status: { roleARN: 'mine' },
    });
    expect(status).toBe(201);
    expect(body).toMatchObject({ ...HEADER, metadata: { generation: 1 } });
    expect(body['spec']).toEqual({ roleReference: 'app-a' });
    expect(body).not.toHaveProperty('status');
    expect(body).not.toHaveProperty('odd');
    expect((await c.api.send('GET', `${roles(c)}/new`)).body).toEqual(body);
  });

  it('count the changes of their spec, and of nothing else', async () => {
    const c = context();
    await create(c, 'counted');
    const generation = async (path: string, body: object) =>
      (await patch(c, path, body)).body.metadata['generation'];
    expect(await generation('counted', { metadata: { labels: { a: 'b' } } })).toBe(1);
    expect(await generation('counted/status', { status: { observedGeneration: 1 } })).toBe(1);
    expect(await generation('counted', { spec: { roleReference: 'app-a' } })).toBe(1);
    expect(await generation('counted', { spec: { roleReference: 'app-b' } })).toBe(2);
    expect(await generation('counted', { spec: { odd: 1 } })).toBe(2);
    expect(await generation('counted', { metadata: { generation: 9 } })).toBe(2);
  });

  it('change their status by its own path, and nothing else there', async () => {
    const c = context();
    await create(c, 'told');
    const { body } = await patch(c, 'told/status', {
      metadata: { labels: { a: 'b' } },
      spec: { roleReference: 'other' },
      status: { roleARN: 'arn', observedGeneration: 1, conditions: [READY], odd: 1 },
    });
    expect(body).toMatchObject({ spec: { roleReference: 'app-a' } });
    expect(body['status']).toEqual({ roleARN: 'arn', observedGeneration: 1, conditions: [READY] });
    expect(body.metadata).not.toHaveProperty('labels');
    expect((await patch(c, 'told/status', { status: { roleARN: null } })).body['status']).toEqual({
      observedGeneration: 1,
      conditions: [READY],
    });
    const whole = await patch(c, 'told', { metadata: { labels: { a: 'b' } }, status: null });
    expect(whole.body).toMatchObject({
      metadata: { labels: { a: 'b' } },
      status: { observedGeneration: 1 },
    });
    expect((await c.api.send('GET', `${roles(c)}/told/status`)).body).toEqual(whole.body);
  });

  it.each([
    ['no spec', { spec: undefined }, 'spec: Required value'],
    [
      'a spec that is none',
      { spec: 'x' },
      'spec: Invalid value: "string": spec in body must be of type object: "string"',
    ],
    [
      'a short reference',
      { spec: { roleReference: 'ab' } },
      'spec.roleReference: Invalid value: "ab": spec.roleReference in body should be at least 3 chars long',
    ],
    [
      'a reference that is a number',
      { spec: { roleReference: 5 } },
      'spec.roleReference: Invalid value: "integer": spec.roleReference in body must be of type string: "integer"',
    ],
    [
      'a session that is too short',
      { spec: { roleSessionDuration: 899 } },
      'spec.roleSessionDuration: Invalid value: 899: spec.roleSessionDuration in body should be greater than or equal to 900',
    ],
    [
      'a session that is too long',
      { spec: { roleSessionDuration: 43_201 } },
      'spec.roleSessionDuration: Invalid value: 43201: spec.roleSessionDuration in body should be less than or equal to 43200',
    ],
    ['another kind', { kind: 'Pod' }, 'kind: Invalid value: "Pod": must be AWSIAMRole'],
  ])('are refused with %s', async (_what, more, message) => {
    const { body } = await create(context(), 'refused', more);
    const kind = message.startsWith('kind') ? 'Pod' : 'AWSIAMRole';
    expect(body).toMatchObject({
      message: `${kind}.zalando.org "refused" is invalid: ${message}`,
      reason: 'Invalid',
      details: { name: 'refused', group: 'zalando.org', kind },
      code: 422,
    });
  });

  it('are refused with every mistake, in any order', async () => {
    const spec = { roleReference: 'a', roleSessionDuration: 1 };
    const { body } = await create(context(), 'wrong', { spec });
    const { causes } = body['details'] as { causes: { field: string }[] };
    const fields = causes.map(({ field }) => field).sort();
    expect(fields).toEqual(['spec.roleReference', 'spec.roleSessionDuration']);
  });

  it('are refused with half a second', async () => {
    const { body } = await create(context(), 'half', { spec: { roleSessionDuration: 900.5 } });
    expect(body).toMatchObject({
      message: expect.stringContaining(
        'spec.roleSessionDuration in body must be of type int64: "float64"',
      ),
      code: 422,
    });
  });

  it.each([
    ['no kind', { kind: undefined }, /^the object provided is unrecognized \(must be of type AWSI/],
    [
      'another version',
      { apiVersion: 'zalando.org/v2' },
      /^the API version in the data \(zalando.org\/v2\) does not match the expected API version \(zalando.org\/v1\)$/,
    ],
  ])('cannot be read with %s', async (_what, more, message) => {
    const { body } = await create(context(), 'unread', more);
    expect(body).toMatchObject({ reason: 'BadRequest', code: 400 });
    expect(body['message']).toMatch(message);
  });

  it.each([
    [
      'a condition that lacks fields',
      { conditions: [{ type: 'Ready' }] },
      '[status.conditions[0].status: Required value, status.conditions[0].lastTransitionTime: Required value, status.conditions[0].reason: Required value, status.conditions[0].message: Required value]',
    ],
    [
      'a condition of a strange status',
      { conditions: [{ ...READY, status: 'Maybe' }] },
      'status.conditions[0].status: Unsupported value: "Maybe": supported values: "True", "False", "Unknown"',
    ],
    [
      'a reason that is no word',
      { conditions: [{ ...READY, reason: 'a b' }] },
      `status.conditions[0].reason: Invalid value: "a b": conditions[0].reason in body should match '^[A-Za-z]([A-Za-z0-9_,:]*[A-Za-z0-9_])?$'`,
    ],
    [
      'a time that is none',
      { conditions: [{ ...READY, lastTransitionTime: 'now' }] },
      'status.conditions[0].lastTransitionTime: Invalid value: "now": conditions[0].lastTransitionTime in body must be of type date-time: "now"',
    ],
    [
      'a long message',
      { conditions: [{ ...READY, message: 'x'.repeat(32_769) }] },
      'status.conditions[0].message: Too long: may not be more than 32768 bytes',
    ],
    [
      'conditions that are no list',
      { conditions: {} },
      'status.conditions: Invalid value: "object": conditions in body must be of type array: "object"',
    ],
    [
      'a generation that is no number',
      { observedGeneration: 'x' },
      'status.observedGeneration: Invalid value: "string": observedGeneration in body must be of type integer: "string"',
    ],
  ])('are refused with %s', async (_what, status, message) => {
    const c = context();
    await create(c, 'misled');
    expect((await patch(c, 'misled/status', { status })).body).toMatchObject({
      message: `AWSIAMRole.zalando.org "misled" is invalid: ${message}`,
      code: 422,
    });
  });

  it('are replaced by who says which version', async () => {
    const c = context();
    const { body } = await create(c, 'put');
    const put = (resourceVersion?: string) =>
      c.api.send('PUT', `${roles(c)}/put`, {
        body: { ...HEADER, metadata: { name: 'put', resourceVersion }, spec: {} },
      });
    expect((await put()).body).toMatchObject({
      message:
        'awsiamroles.zalando.org "put" is invalid: metadata.resourceVersion: Invalid value: 0: must be specified for an update',
      code: 422,
    });
    expect(await put(body.metadata.resourceVersion)).toMatchObject({
      status: 200,
      body: { spec: {}, metadata: { generation: 2 } },
    });
    expect((await put(body.metadata.resourceVersion)).body).toMatchObject({
      message: expect.stringContaining(
        'Operation cannot be fulfilled on awsiamroles.zalando.org "put": the object has been modified',
      ),
      details: { name: 'put', group: 'zalando.org', kind: 'awsiamroles' },
      code: 409,
    });
  });

  it('take no strategic merge patch', async () => {
    const c = context();
    await create(c, 'strategic');
    const { status } = await c.api.send('PATCH', `${roles(c)}/strategic`, {
      body: { spec: { roleReference: 'app-b' } },
      headers: { 'content-type': 'application/strategic-merge-patch+json' },
    });
    expect(status).toBe(415);
  });

  it('are listed in a namespace and in all, each with its kind, or as metadata', async () => {
    const c = context();
    await create(c, 'listed', { metadata: { name: 'listed', labels: { is: 'listed' } } });
    const list = async (path: string, accept = 'application/json') =>
      (await c.api.send('GET', `${path}?labelSelector=is%3Dlisted`, { headers: { accept } })).body;
    const body = await list(roles(c));
    expect(body).toMatchObject({ kind: 'AWSIAMRoleList', apiVersion: HEADER.apiVersion });
    expect(body.items).toMatchObject([{ ...HEADER, spec: { roleReference: 'app-a' } }]);
    expect(namesOf(await list(awsIamRoles()))).toEqual(['listed']);
    const partial = 'application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1';
    const [item] = (await list(roles(c), partial)).items;
    expect(item).toMatchObject({ kind: 'PartialObjectMetadata', metadata: { name: 'listed' } });
    expect(item).not.toHaveProperty('spec');
  });

  it('are watched in all namespaces', async () => {
    const c = context();
    const since = (await c.api.send('GET', awsIamRoles())).body.metadata.resourceVersion;
    const watch = await openWatch(
      c.api,
      `${awsIamRoles()}?watch=true&resourceVersion=${since}&fieldSelector=metadata.name%3Dwatched`,
    );
    await create(c, 'watched');
    await patch(c, 'watched/status', { status: { observedGeneration: 1 } });
    await c.api.send('DELETE', `${roles(c)}/watched`);
    const events = await watch.next(3);
    watch.close();
    expect(summary(events)).toEqual(['ADDED watched', 'MODIFIED watched', 'DELETED watched']);
    expect(events[1]?.object).toMatchObject({ ...HEADER, status: { observedGeneration: 1 } });
  });

  it('are deleted like every other object, and named with their group', async () => {
    const c = context();
    await create(c, 'gone');
    const { body } = await c.api.send('DELETE', `${roles(c)}/gone`);
    const details = { name: 'gone', group: 'zalando.org', kind: 'awsiamroles' };
    expect(body).toMatchObject({ status: 'Success', details });
    expect((await c.api.send('GET', `${roles(c)}/gone`)).body).toMatchObject({
      message: 'awsiamroles.zalando.org "gone" not found',
      details,
      code: 404,
    });
  });

  it('go with their namespace', async () => {
    const c = context();
    const doomed = { ...c, namespace: `${c.namespace}-doomed` };
    await c.api.send('POST', '/api/v1/namespaces', {
      body: { metadata: { name: doomed.namespace } },
    });
    expect((await create(doomed, 'inside')).status).toBe(201);
    await c.api.send('DELETE', `/api/v1/namespaces/${doomed.namespace}`);
    await waitUntil('the namespace to be gone', async () => {
      const { status } = await c.api.send('GET', `/api/v1/namespaces/${doomed.namespace}`);
      return status === 404 || undefined;
    });
    expect((await c.api.send('GET', `${roles(doomed)}/inside`)).status).toBe(404);
  });
}

function ownershipContract(context: () => ContractContext): void {
  const owner = (name: string, uid: string) => ({ ...HEADER, name, uid });
  const ownedSecret = async (c: ContractContext, name: string, ownerReferences: object[]) =>
    c.api.send('POST', c.secrets, { body: { metadata: { name, ownerReferences } } });
  const untilGone = (c: ContractContext, name: string) =>
    waitUntil(`Secret ${name} to be gone`, async () => {
      const { status } = await c.api.send('GET', `${c.secrets}/${name}`);
      return status === 404 || undefined;
    });

  it('take along what only they own, and leave the rest', async () => {
    const c = context();
    const { uid } = (await create(c, 'owner')).body.metadata;
    const { uid: other } = (await create(c, 'other')).body.metadata;
    await ownedSecret(c, 'owned', [owner('owner', uid)]);
    await ownedSecret(c, 'shared', [owner('owner', uid), owner('other', other)]);
    await ownedSecret(c, 'free', []);
    await c.api.send('DELETE', `${roles(c)}/owner`);
    await untilGone(c, 'owned');
    expect((await c.api.send('GET', `${c.secrets}/free`)).status).toBe(200);
    await waitUntil('the owner that is gone to be taken off', async () => {
      const { body } = await c.api.send('GET', `${c.secrets}/shared`);
      return JSON.stringify(body.metadata['ownerReferences']).includes(uid) ? undefined : true;
    });
    expect((await c.api.send('GET', `${c.secrets}/shared`)).body.metadata).toMatchObject({
      ownerReferences: [owner('other', other)],
    });
  });

  it('take along what is made for one that was there before them', async () => {
    const c = context();
    const { uid } = (await create(c, 'again')).body.metadata;
    await c.api.send('DELETE', `${roles(c)}/again`);
    await create(c, 'again');
    await ownedSecret(c, 'late', [owner('again', uid)]);
    await untilGone(c, 'late');
  });

  it('count for nothing when nobody knows their kind', async () => {
    const c = context();
    const { uid } = (await create(c, 'known')).body.metadata;
    await ownedSecret(c, 'foreign', [
      { apiVersion: 'example.com/v1', kind: 'Thing', name: 'x', uid: 'u' },
    ]);
    await ownedSecret(c, 'known', [owner('known', uid)]);
    await c.api.send('DELETE', `${roles(c)}/known`);
    await untilGone(c, 'known');
    expect((await c.api.send('GET', `${c.secrets}/foreign`)).status).toBe(200);
  });
}
