import { awsIamRoles } from '../../support/chart/awsiamrole-definition.ts';
import { patch, type SimulatedCluster } from './cluster.ts';
import type { Random } from './random.ts';
import { MINUTE, type VirtualTime } from './virtual-time.ts';

interface OwnershipFaultDeps {
  readonly cluster: SimulatedCluster;
  readonly time: VirtualTime;
}

const HOLD = ['example.com/hold'];
const OTHER_OWNER = {
  apiVersion: 'example.com/v1',
  kind: 'Backup',
  name: 'nightly',
  uid: 'backup',
};

/** Changes owners, finalizers or immutability of a Secret or of an AWSIAMRole, and repairs it within ninety minutes. */
export function disturbOwnership(
  { cluster, time }: OwnershipFaultDeps,
  roles: readonly string[],
  namespace: string,
  random: Random,
): void {
  const { body } = cluster.asAdmin('GET', awsIamRoles(namespace));
  const { items } = JSON.parse(body) as { items: readonly { metadata: { name: string } }[] };
  const names = items.map(({ metadata }) => metadata.name);
  const name =
    names.length > 0 && random.chance(0.6) ? random.pick(names) : `aws-iam-${random.pick(roles)}`;
  const secret = `/api/v1/namespaces/${namespace}/secrets/${name}`;
  const resource = `${awsIamRoles(namespace)}/${name}`;
  const setMetadata = (path: string, metadata: object) => patch(cluster, path, { metadata });
  const repairAfter = random.int(1, 40) * MINUTE;
  const holdFor = random.int(1, 90) * MINUTE;
  const repair = (act: () => void) => time.after(repairAfter, act);
  const holdAndDelete = (path: string) => {
    setMetadata(path, { finalizers: HOLD });
    cluster.asAdmin('DELETE', path);
    time.after(holdFor, () => setMetadata(path, { finalizers: null }));
  };
  random.pick([
    () => setMetadata(secret, { ownerReferences: null }),
    () => {
      setMetadata(secret, { ownerReferences: [OTHER_OWNER] });
      repair(() => setMetadata(secret, { ownerReferences: null }));
    },
    () => holdAndDelete(secret),
    () => holdAndDelete(resource),
    () => setMetadata(secret, { finalizers: HOLD }),
    () => {
      patch(cluster, secret, { immutable: true });
      repair(() => cluster.asAdmin('DELETE', secret));
    },
  ])();
}
