import type { PrintDetail } from '../../tools/terminal/terminal.ts';
import { forwarderPodManifest, forwarderSecret } from '../installation/forwarder-pod.ts';
import { ACCOUNT, type Installation } from '../installation/installation.ts';
import { createPod, type PodWithSecrets } from '../installation/pods.ts';
import { addTrustingRole } from '../installation/trusting-role.ts';

const NAMESPACES = {
  shop: { 'iam.amazonaws.com/allowed-roles': '["demo-*", "team/Demo-*"]' },
  bank: { 'iam.amazonaws.com/permitted': '.*/demo-billing' },
};

/** The pods of the demo. `stuck` requests a role that does not trust the refresher, `intruder` one that its namespace does not allow. */
export const PODS: readonly PodWithSecrets[] = [
  { namespace: 'shop', name: 'web', secrets: ['aws-iam-demo-orders'] },
  { namespace: 'shop', name: 'worker', secrets: ['aws-iam-demo-orders', 'aws-iam-demo-billing'] },
  { namespace: 'shop', name: 'stuck', secrets: ['aws-iam-demo-locked'] },
  { namespace: 'bank', name: 'ledger', secrets: ['aws-iam-demo-billing'] },
  { namespace: 'bank', name: 'intruder', secrets: ['aws-iam-demo-orders'] },
];

/** Creates two roles that trust the refresher and one that does not, the namespaces, and the pods. */
export async function createPods(installation: Installation, print: PrintDetail): Promise<void> {
  const { admin, chart } = installation;
  addTrustingRole(installation, 'demo-orders');
  addTrustingRole(installation, 'demo-billing');
  addTrustingRole(installation, 'demo-locked', `arn:aws:iam::${ACCOUNT}:role/somebody-else`);
  for (const [name, annotations] of Object.entries(NAMESPACES)) {
    await admin.createNamespace({ body: { metadata: { name, annotations } } });
    print(`namespace ${name}: ${Object.entries(annotations).flat().join(' = ')}`);
  }
  const { namespace, name } = await forwarderPodManifest(installation);
  print(`pod ${namespace}/${name} mounts ${forwarderSecret(chart)}`);
  for (const pod of PODS) {
    await createPod(installation, pod);
    print(`pod ${pod.namespace}/${pod.name} mounts ${pod.secrets.join(', ')}`);
  }
}
