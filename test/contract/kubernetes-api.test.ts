import { afterAll, beforeAll, describe } from 'vitest';
import { MovableClock } from '../../local/clock.ts';
import {
  type EmbeddedCluster,
  startEmbeddedCluster,
} from '../../local/kubernetes/embedded-cluster.ts';
import { type RealCluster, startRealCluster } from '../../local/real-cluster/real-cluster.ts';
import { describeRealCluster } from '../support/describe-real-cluster.ts';
import { flagsWithoutListSnapshots } from '../support/feature-gates.ts';
import { accessContract, NOBODY } from './kubernetes-api/access.ts';
import type { ContractServer } from './kubernetes-api/contract-context.ts';
import { customResourcesContract } from './kubernetes-api/custom-resources/custom-resources.ts';
import { eventSeriesContract } from './kubernetes-api/kinds/event-series.ts';
import { eventsContract } from './kubernetes-api/kinds/events.ts';
import { namespacesContract } from './kubernetes-api/kinds/namespaces.ts';
import { podsContract } from './kubernetes-api/kinds/pods.ts';
import { serviceAccountTokensContract } from './kubernetes-api/kinds/service-account-tokens.ts';
import { listsContract } from './kubernetes-api/lists/lists.ts';
import { representationsContract } from './kubernetes-api/lists/representations.ts';
import { selectorsContract } from './kubernetes-api/lists/selectors.ts';
import { watchesContract } from './kubernetes-api/lists/watches.ts';
import { deletingContract } from './kubernetes-api/objects/deleting.ts';
import { objectsContract } from './kubernetes-api/objects/objects.ts';
import { patchesContract } from './kubernetes-api/objects/patches.ts';
import { replacingContract } from './kubernetes-api/objects/replacing.ts';
import { validationContract } from './kubernetes-api/objects/validation.ts';

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
  serviceAccountTokensContract,
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
      apiServerFlags: flagsWithoutListSnapshots(),
    });
  });
  afterAll(() => cluster.stop());
  const server = (): ContractServer => ({ ...cluster, token: cluster.adminToken });
  for (const suite of CONTRACT) suite(server);
});
