import { beforeAll, describe, expect, it } from 'vitest';
import { waitUntil } from '../../../../local/wait-until.ts';
import {
  awsIamRoleDefinition,
  awsIamRoles,
  DEFINITION_NAME,
  DEFINITIONS,
  HEADER,
  installAwsIamRoles,
} from '../../../support/chart/awsiamrole-definition.ts';
import {
  type ContractContext,
  type ContractSuite,
  describeInNamespace,
  namesOf,
} from '../contract-context.ts';
import { openWatch, summary } from '../lists/watch-events.ts';
import { create, patch, READY, roles } from './context.ts';
import { ownershipContract } from './ownership.ts';
import { customResourceValidation } from './validation.ts';

/** AWSIAMRoles, with the custom resource definition of the chart. */
export const customResourcesContract: ContractSuite = (server) => {
  describeInNamespace('custom resources', server, (context) => {
    it.each([
      ['list', ''],
      ['watch', '?watch=true&resourceVersion=0'],
    ])('are not found before the CRD is installed: %s', async (_, query) => {
      const answer = await context().api.open('GET', `${awsIamRoles()}${query}`);
      expect(answer.status).toBe(404);
      expect(await answer.text()).toBe('404 page not found\n');
    });

    describe('with an installed CRD', () => {
      beforeAll(() => installAwsIamRoles(context().api));
      awsIamRolesContract(context);
      customResourceValidation(context);
      ownershipContract(context);
    });
  });
};

function awsIamRolesContract(context: () => ContractContext): void {
  it('have an established definition', async () => {
    const { body } = await context().api.send('GET', `${DEFINITIONS}/${DEFINITION_NAME}`);
    const { spec } = awsIamRoleDefinition();
    expect(body).toMatchObject({ kind: 'CustomResourceDefinition', spec });
    expect((body['status'] as { conditions: unknown }).conditions).toEqual(
      expect.arrayContaining([expect.objectContaining({ type: 'Established', status: 'True' })]),
    );
  });

  it('are created with generation 1, without a status, and without unknown fields', async () => {
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

  it('have a generation that counts changes of the spec only', async () => {
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

  it('change their status through the subresource only', async () => {
    const c = context();
    await create(c, 'reported');
    const { body } = await patch(c, 'reported/status', {
      metadata: { labels: { a: 'b' } },
      spec: { roleReference: 'other' },
      status: { roleARN: 'arn', observedGeneration: 1, conditions: [READY], odd: 1 },
    });
    expect(body).toMatchObject({ spec: { roleReference: 'app-a' } });
    expect(body['status']).toEqual({ roleARN: 'arn', observedGeneration: 1, conditions: [READY] });
    expect(body.metadata).not.toHaveProperty('labels');
    expect(
      (await patch(c, 'reported/status', { status: { roleARN: null } })).body['status'],
    ).toEqual({
      observedGeneration: 1,
      conditions: [READY],
    });
    const whole = await patch(c, 'reported', { metadata: { labels: { a: 'b' } }, status: null });
    expect(whole.body).toMatchObject({
      metadata: { labels: { a: 'b' } },
      status: { observedGeneration: 1 },
    });
    expect((await c.api.send('GET', `${roles(c)}/reported/status`)).body).toEqual(whole.body);
  });

  it('are replaced with a resourceVersion only', async () => {
    const c = context();
    const { body } = await create(c, 'put');
    const put = (resourceVersion?: string) =>
      c.api.send('PUT', `${roles(c)}/put`, {
        body: { ...HEADER, metadata: { name: 'put', resourceVersion }, spec: {} },
      });
    expect((await put()).body).toMatchObject({
      // Kubernetes 1.32 writes 0x0.
      message: expect.stringMatching(
        /^awsiamroles\.zalando\.org "put" is invalid: metadata\.resourceVersion: Invalid value: (0|0x0): must be specified for an update$/,
      ),
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

  it('do not support strategic merge patches', async () => {
    const c = context();
    await create(c, 'strategic');
    const { status } = await c.api.send('PATCH', `${roles(c)}/strategic`, {
      body: { spec: { roleReference: 'app-b' } },
      headers: { 'content-type': 'application/strategic-merge-patch+json' },
    });
    expect(status).toBe(415);
  });

  it('are listed in one and in all namespaces, with their kind, or as metadata', async () => {
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

  it('are deleted, and named with their group', async () => {
    const c = context();
    await create(c, 'deleted');
    const { body } = await c.api.send('DELETE', `${roles(c)}/deleted`);
    const details = { name: 'deleted', group: 'zalando.org', kind: 'awsiamroles' };
    expect(body).toMatchObject({ status: 'Success', details });
    expect((await c.api.send('GET', `${roles(c)}/deleted`)).body).toMatchObject({
      message: 'awsiamroles.zalando.org "deleted" not found',
      details,
      code: 404,
    });
  });

  it('are deleted with their namespace', async () => {
    const c = context();
    const terminating = { ...c, namespace: `${c.namespace}-terminating` };
    await c.api.send('POST', '/api/v1/namespaces', {
      body: { metadata: { name: terminating.namespace } },
    });
    expect((await create(terminating, 'inside')).status).toBe(201);
    await c.api.send('DELETE', `/api/v1/namespaces/${terminating.namespace}`);
    await waitUntil('the deletion of the namespace', async () => {
      const { status } = await c.api.send('GET', `/api/v1/namespaces/${terminating.namespace}`);
      return status === 404 || undefined;
    });
    expect((await c.api.send('GET', `${roles(terminating)}/inside`)).status).toBe(404);
  });
}
