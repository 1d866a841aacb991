import { PASS } from '../../../contract/pass.ts';
import { awsIamRoles, HEADER } from '../../support/chart/awsiamrole-definition.ts';
import { patch, type SimulatedCluster } from '../world/cluster.ts';
import { MINUTE } from '../world/virtual-time.ts';
import type { Scenario } from './play-scenario.ts';

/** Names of mounted Secrets. A name that ends in `?` is an optional mount. */
type Mounts = readonly string[];

/** `seenAt` of pod events; nothing depends on it. */
export const SEEN_AT = '2026-11-24T00:00:00.000Z';

/** A refresh that creates a Secret, renews one, removes a mark, follows a changed AWSIAMRole, and writes Events. */
export const REFRESH: Scenario = {
  script({ cluster, at }) {
    createNamespaces(cluster);
    createAwsIamRole(cluster, 'reports', 'reports');
    createPod(cluster, 'web', ['aws-iam-orders']);
    createPod(cluster, 'once', ['aws-iam-again']);
    at(5 * MINUTE, () => deletePod(cluster, 'once'));
    at(30.9 * MINUTE, () => {
      createPod(cluster, 'new', ['aws-iam-new', 'aws-iam-again']);
      createPod(cluster, 'refused', ['aws-iam-admin', 'aws-iam-distrustful']);
      editAwsIamRole(cluster, 'reports', 'reports-of-today');
    });
  },
  // The minute in which aws-iam-orders is due, as its jitter depends on its name.
  pass: { at: 31 * MINUTE, event: { pass: PASS.refresh } },
};

/** A sweep that removes a Secret, marks one, removes a mark, and creates an optional Secret. */
export const SWEEP: Scenario = {
  script({ cluster, at }) {
    createNamespaces(cluster);
    createPod(cluster, 'web', ['aws-iam-orders']);
    createPod(cluster, 'old', ['aws-iam-old']);
    createPod(cluster, 'once', ['aws-iam-again']);
    createPod(cluster, 'leaving', ['aws-iam-leaving']);
    at(5 * MINUTE, () => deletePod(cluster, 'old'));
    at(5 * MINUTE, () => deletePod(cluster, 'once'));
    at(35.5 * MINUTE, () => createPod(cluster, 'back', ['aws-iam-again?', 'aws-iam-extra?']));
    at(36.5 * MINUTE, () => deletePod(cluster, 'leaving'));
  },
  // The marks are from minute 10, so their grace period has ended.
  pass: { at: 40.6 * MINUTE, event: { pass: PASS.sweep } },
};

/** A pod event that creates a Secret for a pod and one for an AWSIAMRole. */
export const POD_EVENT: Scenario = {
  script({ cluster, at }) {
    createNamespaces(cluster);
    createPod(cluster, 'web', ['aws-iam-orders']);
    at(4.9 * MINUTE, () => {
      createPod(cluster, 'new', ['aws-iam-new', 'aws-iam-orders', 'aws-iam-admin']);
      createAwsIamRole(cluster, 'reports', 'reports');
    });
  },
  pass: {
    at: 5 * MINUTE,
    event: {
      wanted: [
        { namespace: 'shop', secret: 'aws-iam-new', pod: 'new', seenAt: SEEN_AT },
        { namespace: 'shop', secret: 'aws-iam-orders', pod: 'new', seenAt: SEEN_AT },
        { namespace: 'shop', secret: 'aws-iam-admin', pod: 'new', seenAt: SEEN_AT },
        { namespace: 'shop', awsIamRole: 'reports', seenAt: SEEN_AT },
      ],
    },
  },
};

function createNamespaces(cluster: SimulatedCluster): void {
  const annotations = { 'iam.amazonaws.com/allowed-roles': '["*"]' };
  cluster.asAdmin('POST', '/api/v1/namespaces', { metadata: { name: 'shop', annotations } });
}

const PODS = '/api/v1/namespaces/shop/pods';

/** Creates a pod in namespace shop. */
export function createPod(cluster: SimulatedCluster, name: string, mounts: Mounts): void {
  const volumes = mounts.map((mount, i) => ({
    name: `v${i}`,
    secret: { secretName: mount.replace('?', ''), optional: mount.endsWith('?') },
  }));
  const volumeMounts = volumes.map((volume, i) => ({ name: volume.name, mountPath: `/m${i}` }));
  const spec = { containers: [{ name: 'c', image: 'app', volumeMounts }], volumes };
  cluster.asAdmin('POST', PODS, { metadata: { name }, spec });
}

function deletePod(cluster: SimulatedCluster, name: string): void {
  cluster.asAdmin('DELETE', `${PODS}/${name}`);
}

/** Creates an AWSIAMRole in namespace shop. */
export function createAwsIamRole(
  cluster: SimulatedCluster,
  name: string,
  roleReference: string,
): void {
  const body = { ...HEADER, metadata: { name }, spec: { roleReference } };
  cluster.asAdmin('POST', awsIamRoles('shop'), body);
}

function editAwsIamRole(cluster: SimulatedCluster, name: string, roleReference: string): void {
  patch(cluster, `${awsIamRoles('shop')}/${name}`, { spec: { roleReference } });
}
