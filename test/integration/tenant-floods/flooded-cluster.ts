import type { Authenticate } from '../../../local/kubernetes/access/user-info.ts';
import { waitUntil } from '../../../local/wait-until.ts';
import {
  awsIamRoleDefinition,
  awsIamRoles,
  DEFINITION_NAME,
  DEFINITIONS,
  HEADER,
} from '../../support/chart/awsiamrole-definition.ts';
import { type ChartedCluster, realChartedCluster } from '../../support/chart/charted-cluster.ts';
import { etcdObjects } from './etcd-objects.ts';
import { FIRST, FLOODED, type Flood, RESOURCES } from './floods.ts';

/** A real cluster with the chart. As in Zalando's definition, AWSIAMRoles have no maximum lengths. */
export interface FloodableCluster extends ChartedCluster {
  /** Creates the objects of floods of one resource. */
  flood(floods: readonly Flood[]): Promise<void>;
  /** Removes the objects of a resource. */
  drain(resource: Flood['resource']): Promise<void>;
}

export async function floodableCluster(authenticate: Authenticate): Promise<FloodableCluster> {
  const cluster = await realChartedCluster()(authenticate);
  await removeMaximumLengths(cluster);
  await cluster.createNamespace(FLOODED, ['app-*']);
  const etcd = etcdObjects(cluster.etcdUrl);
  /** Waits until the API server serves the last copy from its cache. Otherwise the next list would wait for that. */
  const waitUntilCached = (resource: Flood['resource'], index: number, count: number) =>
    waitUntil(`${count} objects to be served`, async () => {
      const name = `flood-${index}-${numberOf(count - 2)}`;
      const query = `resourceVersion=0&fieldSelector=metadata.name=${name}`;
      const { body } = await cluster.admin('GET', `${RESOURCES[resource].path}?${query}`);
      return body.items.length === 1 || undefined;
    });

  async function addCopies(flood: Flood, index: number): Promise<void> {
    const { key } = RESOURCES[flood.resource];
    const name = `flood-${index}`;
    const uid = await createFirst(cluster, flood, `${name}-${FIRST}`);
    await etcd.copy(`${key}${name}-${FIRST}`, flood.count - 1, (stored, copy) => {
      const number = numberOf(copy);
      const value = stored
        .replaceAll(`-${FIRST}`, `-${number}`)
        .replace(uid, uid.slice(0, 24) + copy.toString(16).padStart(12, '0'));
      return { key: `${key}${name}-${number}`, value };
    });
  }

  return {
    ...cluster,
    async flood(floods) {
      for (const [index, one] of floods.entries()) await addCopies(one, index);
      for (const [index, { resource, count }] of floods.entries())
        await waitUntilCached(resource, index, count);
    },
    async drain(resource) {
      await etcd.remove(RESOURCES[resource].key);
    },
    async stop() {
      etcd.close();
      await cluster.stop();
    },
  };
}

const numberOf = (copy: number) => copy.toString(36).padStart(FIRST.length, '0');

async function removeMaximumLengths({ admin }: ChartedCluster): Promise<void> {
  const path = `${DEFINITIONS}/${DEFINITION_NAME}`;
  const { body } = await admin('GET', path);
  const definition = JSON.stringify(awsIamRoleDefinition(), (key, value) =>
    key === 'maxLength' ? undefined : value,
  );
  const { metadata } = body;
  const answer = await admin('PUT', path, { ...JSON.parse(definition), metadata });
  if (answer.status !== 200) throw new Error(JSON.stringify(answer.body));
  const spec = { roleReference: 'x'.repeat(1_000) };
  const long = { ...HEADER, metadata: { name: 'long' }, spec };
  await waitUntil('the definition to be used', async () => {
    const { status } = await admin('POST', `${awsIamRoles('default')}?dryRun=All`, long);
    return status === 201 || undefined;
  });
}

/** Creates an object by the API, which adds the fields that the server sets. Returns its uid. */
async function createFirst(
  { admin }: ChartedCluster,
  { resource, content, status }: Flood,
  name: string,
): Promise<string> {
  const { path } = RESOURCES[resource];
  const { metadata, ...rest } = content() as { readonly metadata?: object };
  const created = await admin('POST', path, { metadata: { ...metadata, name }, ...rest });
  if (created.status !== 201) throw new Error(JSON.stringify(created.body).slice(0, 1_000));
  if (status === undefined) return created.body.metadata.uid;
  const type = 'application/merge-patch+json';
  const patched = await admin('PATCH', `${path}/${name}/status`, { status: status() }, type);
  if (patched.status !== 200) throw new Error(JSON.stringify(patched.body).slice(0, 1_000));
  return created.body.metadata.uid;
}
