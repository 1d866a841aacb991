import { afterAll, beforeAll, describe } from 'vitest';
import { MovableClock } from '../../local/clock.ts';
import {
  type EmbeddedCluster,
  startEmbeddedCluster,
} from '../../local/kubernetes/embedded-cluster.ts';
import { type RealCluster, startRealCluster } from '../../local/real-cluster/real-cluster.ts';
import { describeRealCluster } from '../support/describe-real-cluster.ts';
import { accessContract, NOBODY } from './kubernetes-api/access.ts';
import type { ContractServer } from './kubernetes-api/contract-context.ts';
import { customResourcesContract } from './kubernetes-api/custom-resources.ts';
import { deletingContract } from './kubernetes-api/deleting.ts';
import { eventSeriesContract } from './kubernetes-api/event-series.ts';
import { eventsContract } from './kubernetes-api/events.ts';
import { listsContract } from './kubernetes-api/lists.ts';
import { namespacesContract } from './kubernetes-api/namespaces.ts';
import { objectsContract } from './kubernetes-api/objects.ts';
import { patchesContract } from './kubernetes-api/patches.ts';
import { podsContract } from './kubernetes-api/pods.ts';
import { replacingContract } from './kubernetes-api/replacing.ts';
import { representationsContract } from './kubernetes-api/representations.ts';
import { selectorsContract } from './kubernetes-api/selectors.ts';
import { validationContract } from './kubernetes-api/validation.ts';
import { watchesContract } from './kubernetes-api/watches.ts';

/** Runs against both servers. If they differ, the embedded one is wrong. */
const CONTRACT = [
  objectsContract,
  replacingContract,
  deletingContract,
  patchesContract,
  validationContract,
  listsContract,
  selectorsContract,
  representationsContract,
  watchesContract,
  podsContract,
  namespacesContract,
  eventsContract,
  eventSeriesContract,
  customResourcesContract,
  accessContract,
];

const authenticate = async (token: string) =>
  token === NOBODY.token ? { username: NOBODY.username, groups: [] } : undefined;

describe('the embedded Kubernetes API', () => {
  let cluster: EmbeddedCluster;
  beforeAll(async () => {
    cluster = await startEmbeddedCluster({ clock: new MovableClock(), authenticate });
  });
  afterAll(() => cluster.stop());
  const server = (): ContractServer => ({
    ...cluster,
    token: cluster.adminToken,
    compactHistory: async () => cluster.compactHistory(),
  });
  for (const suite of CONTRACT) suite(server);
});

describeRealCluster('the real Kubernetes API', () => {
  let cluster: RealCluster;
  beforeAll(async () => {
    cluster = await startRealCluster({
      controllers: true,
      authenticate,
      // With this feature, the API server serves compacted pages from memory for some minutes.
      apiServerFlags: { 'feature-gates': 'ListFromCacheSnapshot=false' },
    });
  });
  afterAll(() => cluster.stop());
  const server = (): ContractServer => ({ ...cluster, token: cluster.adminToken });
  for (const suite of CONTRACT) suite(server);
});
