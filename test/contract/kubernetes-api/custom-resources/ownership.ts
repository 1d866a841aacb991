import { expect, it } from 'vitest';
import { waitUntil } from '../../../../local/wait-until.ts';
import { HEADER } from '../../../support/chart/awsiamrole-definition.ts';
import type { ContractContext } from '../contract-context.ts';
import { create, roles } from './context.ts';

/** Deletion of objects whose owners are deleted. */
export function ownershipContract(context: () => ContractContext): void {
  const owner = (name: string, uid: string) => ({ ...HEADER, name, uid });
  const ownedSecret = async (c: ContractContext, name: string, ownerReferences: object[]) =>
    c.api.send('POST', c.secrets, { body: { metadata: { name, ownerReferences } } });
  const untilDeleted = (c: ContractContext, name: string) =>
    waitUntil(`the deletion of Secret ${name}`, async () => {
      const { status } = await c.api.send('GET', `${c.secrets}/${name}`);
      return status === 404 || undefined;
    });

  it('are deleted with the objects that only they own', async () => {
    const c = context();
    const { uid } = (await create(c, 'owner')).body.metadata;
    const { uid: other } = (await create(c, 'other')).body.metadata;
    await ownedSecret(c, 'owned', [owner('owner', uid)]);
    await ownedSecret(c, 'shared', [owner('owner', uid), owner('other', other)]);
    await ownedSecret(c, 'free', []);
    await c.api.send('DELETE', `${roles(c)}/owner`);
    await untilDeleted(c, 'owned');
    expect((await c.api.send('GET', `${c.secrets}/free`)).status).toBe(200);
    await waitUntil('the removal of the deleted owner', async () => {
      const { body } = await c.api.send('GET', `${c.secrets}/shared`);
      return JSON.stringify(body.metadata['ownerReferences']).includes(uid) ? undefined : true;
    });
    expect((await c.api.send('GET', `${c.secrets}/shared`)).body.metadata).toMatchObject({
      ownerReferences: [owner('other', other)],
    });
  });

  it('that no longer exist are no owners of new objects', async () => {
    const c = context();
    const { uid } = (await create(c, 'again')).body.metadata;
    await c.api.send('DELETE', `${roles(c)}/again`);
    await create(c, 'again');
    await ownedSecret(c, 'late', [owner('again', uid)]);
    await untilDeleted(c, 'late');
  });

  it('of an unknown kind do not cause a deletion', async () => {
    const c = context();
    const { uid } = (await create(c, 'known')).body.metadata;
    await ownedSecret(c, 'foreign', [
      { apiVersion: 'example.com/v1', kind: 'Thing', name: 'x', uid: 'u' },
    ]);
    await ownedSecret(c, 'known', [owner('known', uid)]);
    await c.api.send('DELETE', `${roles(c)}/known`);
    await untilDeleted(c, 'known');
    expect((await c.api.send('GET', `${c.secrets}/foreign`)).status).toBe(200);
  });
}
