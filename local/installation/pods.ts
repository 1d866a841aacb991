import { MOUNT_PATH } from '../../contract/secret.ts';
import type { Installation } from './installation.ts';
import { eventually } from '../workload/eventually.ts';

/** What a pod is called. */
export interface PodName {
  readonly namespace: string;
  readonly name: string;
}

/** A pod of the demo: where it is, and the Secrets that it mounts. */
export interface PodWithSecrets extends PodName {
  readonly secrets: readonly string[];
}

/** Makes a pod that mounts its Secrets. */
export async function createPod(
  { admin }: Pick<Installation, 'admin'>,
  { namespace, name, secrets }: PodWithSecrets,
): Promise<void> {
  await admin.createNamespacedPod({ namespace, body: podOf(name, secrets) });
}

/** Waits until a pod runs, and names it. @throws when it does not, after a minute */
export function waitUntilRunning({ admin }: Installation, { namespace, name }: PodName): Promise<string> {
  const shown = `${namespace}/${name}`;
  return eventually(`pod ${shown} is Running`, async () => {
    const { status } = await admin.readNamespacedPod({ namespace, name });
    return status?.phase === 'Running' ? shown : undefined;
  });
}

/** Deletes every pod of a namespace, waits until they are gone, and gives their names. */
export async function deletePods({ admin }: Installation, namespace: string): Promise<readonly string[]> {
  const { items } = await admin.listNamespacedPod({ namespace });
  const names = items.map(({ metadata }) => metadata?.name ?? '');
  for (const name of names) await admin.deleteNamespacedPod({ name, namespace });
  await eventually(`the pods of ${namespace} are gone`, async () => {
    const left = await admin.listNamespacedPod({ namespace });
    return left.items.length === 0 || undefined;
  });
  return names;
}

function podOf(name: string, secrets: readonly string[]) {
  const mountPath = (index: number) => (index === 0 ? MOUNT_PATH : `${MOUNT_PATH}-${index + 1}`);
  return {
    metadata: { name },
    spec: {
      containers: [
        {
          name: 'app',
          image: 'app',
          volumeMounts: secrets.map((secret, index) => ({
            name: secret,
            mountPath: mountPath(index),
            readOnly: true,
          })),
        },
      ],
      volumes: secrets.map((secretName) => ({ name: secretName, secret: { secretName } })),
      // Nothing runs in it that would have to end in good order.
      terminationGracePeriodSeconds: 0,
    },
  };
}
