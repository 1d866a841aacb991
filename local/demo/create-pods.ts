import type { PrintDetail } from '../../tools/terminal/terminal.ts';
import { forwarderPod, forwarderSecret } from '../installation/forwarder-pod.ts';
import { createPod, type PodWithSecrets } from '../installation/pods.ts';
import { ACCOUNT, REFRESHER_ROLE_ARN, type Installation } from '../installation/installation.ts';

const NAMESPACES = {
  shop: { 'iam.amazonaws.com/allowed-roles': '["demo-*", "team/Demo-*"]' },
  bank: { 'iam.amazonaws.com/permitted': '.*/demo-billing' },
};

/** The pods of the demo, each for one thing that it shows. */
export const PODS: readonly PodWithSecrets[] = [
  { namespace: 'shop', name: 'web', secrets: ['aws-iam-demo-orders'] },
  { namespace: 'shop', name: 'worker', secrets: ['aws-iam-demo-orders', 'aws-iam-demo-billing'] },
  { namespace: 'shop', name: 'stuck', secrets: ['aws-iam-demo-locked'] },
  { namespace: 'bank', name: 'ledger', secrets: ['aws-iam-demo-billing'] },
  { namespace: 'bank', name: 'intruder', secrets: ['aws-iam-demo-orders'] },
];

/** Makes two roles that the refresher may assume and one that it may not, the namespaces, and the pods. */
export async function createPods(world: Installation, say: PrintDetail): Promise<void> {
  const { admin } = world;
  addTrustingRole(world, 'demo-orders');
  addTrustingRole(world, 'demo-billing');
  addTrustingRole(world, 'demo-locked', `arn:aws:iam::${ACCOUNT}:role/somebody-else`);
  for (const [name, annotations] of Object.entries(NAMESPACES)) {
    await admin.createNamespace({ body: { metadata: { name, annotations } } });
    say(`namespace ${name}: ${Object.entries(annotations).flat().join(' = ')}`);
  }
  const { namespace, name } = await forwarderPod(world);
  say(`pod ${namespace}/${name} mounts ${forwarderSecret(world.chart)}`);
  for (const pod of PODS) {
    await createPod(world, pod);
    say(`pod ${pod.namespace}/${pod.name} mounts ${pod.secrets.join(', ')}`);
  }
}

/** Makes a role that trusts the refresher, or somebody else. */
export function addTrustingRole(
  { cloud }: Installation,
  name: string,
  principalArn: string = REFRESHER_ROLE_ARN,
): void {
  cloud.sts.addRole({
    arn: `arn:aws:iam::${ACCOUNT}:role/${name}`,
    trustPolicy: trustOf(principalArn),
  });
}

/** The trust policy of the README. */
function trustOf(principalArn: string): object {
  return {
    Version: '2012-10-17',
    Statement: {
      Effect: 'Allow',
      Principal: { AWS: `arn:aws:iam::${ACCOUNT}:root` },
      Action: 'sts:AssumeRole',
      Condition: { ArnEquals: { 'aws:PrincipalArn': principalArn } },
    },
  };
}
