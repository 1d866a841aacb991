import { MOUNT_PATH } from '../../contract/kubernetes/secret.ts';
import { waitUntil } from '../wait-until.ts';
import type { Installation } from './installation.ts';

export interface PodName {
  readonly namespace: string;
  readonly name: string;
}

/** A pod that mounts Secrets. */
export interface PodWithSecrets extends PodName {
  readonly secrets: readonly string[];
}

/** Creates a pod that mounts its Secrets. */
export async function createPod(
  { admin }: Pick<Installation, 'admin'>,
  { namespace, name, secrets }: PodWithSecrets,
): Promise<void> {
  await admin.createNamespacedPod({ namespace, body: podBody(name, secrets) });
}

/** Waits until a pod is running. Returns `<namespace>/<name>`. @throws Error on timeout */
export function waitUntilRunning(
  { admin }: Pick<Installation, 'admin'>,
  { namespace, name }: PodName,
): Promise<string> {
  const key = `${namespace}/${name}`;
  // A short interval, because the demo reports when the pod started, in milliseconds.
  const options = { intervalMs: 10 };
  return waitUntil(
    `pod ${key} to be Running`,
    async () => {
      const { status } = await admin.readNamespacedPod({ namespace, name });
      return status?.phase === 'Running' ? key : undefined;
    },
    options,
  );
}

/** Deletes the pods of a namespace, except for one if given, and waits until they are gone. Returns their names. */
export async function deletePods(
  { admin }: Pick<Installation, 'admin'>,
  namespace: string,
  kept?: string,
): Promise<readonly string[]> {
  const namesLeft = async () => {
    const { items } = await admin.listNamespacedPod({ namespace });
    return items.map(({ metadata }) => metadata?.name ?? '').filter((name) => name !== kept);
  };
  const names = await namesLeft();
  for (const name of names) await admin.deleteNamespacedPod({ name, namespace });
  await waitUntil(`the pods of ${namespace} to be gone`, async () => {
    return (await namesLeft()).length === 0 || undefined;
  });
  return names;
}

function podBody(name: string, secrets: readonly string[]) {
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
      // No process has to shut down.
      terminationGracePeriodSeconds: 0,
    },
  };
}
