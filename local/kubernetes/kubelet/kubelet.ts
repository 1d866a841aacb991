import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type ApiServer, apiClient } from '../../api-client.ts';
import { type InformerHandler, runInformer } from './informer.ts';
import { KubeletPod, KubeletSecret } from './pod-volumes.ts';
import { podPath, syncPod } from './sync-pod.ts';
import { createWorkQueue } from './work-queue.ts';

/**
 * A scheduler and a kubelet for pods that mount Secrets, without containers. It binds pods to its node, waits until each
 * required Secret exists, writes the volumes as files, sets the pod's phase to Running, and removes the files with the
 * pod.
 *
 * It reacts immediately to a Secret that is created or changed. The real kubelet retries a missing Secret with
 * exponential backoff from 0.5 s, and takes up to two minutes to update files.
 */
export interface Kubelet {
  /** The folder of a pod's volumes, which contains `kubernetes.io~secret/<volume>/<key>`. */
  podVolumesPath(podUid: string): string;
  /** Stops the kubelet. Its files remain. */
  stop(): Promise<void>;
}

interface KubeletOptions extends ApiServer {
  /** Folder for its files. */
  readonly directory: string;
}

const NODE = 'node-1';

/** Starts a kubelet for one node. */
export function startKubelet({ directory, ...server }: KubeletOptions): Kubelet {
  const api = apiClient(server);
  const abort = new AbortController();
  const pods = new Map<string, KubeletPod>();
  const secrets = new Map<string, KubeletSecret>();
  const secretNamed = (namespace: string, name: string) => secrets.get(`${namespace}/${name}`);
  const deletedUids = new Set<string>();
  // Syncs one pod at a time, so that no file is written for a pod whose files are being removed.
  const work = createWorkQueue(async (key) => {
    for (const uid of deletedUids) {
      await rm(podPath(directory, uid), { recursive: true, force: true });
      deletedUids.delete(uid);
    }
    const pod = pods.get(key);
    if (pod) await syncPod({ api, directory, node: NODE, secretNamed }, pod);
  });
  const podHandler = mapHandler(KubeletPod.parse, pods, {
    onChange: work.add,
    onDelete: ({ metadata }, key) => {
      deletedUids.add(metadata.uid);
      work.add(key);
    },
  });
  const secretHandler = mapHandler(KubeletSecret.parse, secrets, {
    // Only pods in the same namespace can mount a Secret.
    onChange: (key) => {
      const [namespace] = key.split('/');
      for (const pod of pods.keys()) if (pod.startsWith(`${namespace}/`)) work.add(pod);
    },
  });
  const informers = Promise.all([
    runInformer(api, '/api/v1/secrets', secretHandler, abort.signal),
    runInformer(api, '/api/v1/pods', podHandler, abort.signal),
  ]);
  return {
    podVolumesPath: (uid) => join(podPath(directory, uid), 'volumes'),
    async stop() {
      abort.abort();
      await work.stop();
      await api.close();
      await informers;
    },
  };
}

interface MapListeners<T> {
  readonly onChange: (key: string) => void;
  readonly onDelete?: (object: T, key: string) => void;
}

/** Keeps a map of the current objects by `namespace/name`, and calls the listeners when it changes. */
function mapHandler<T extends { readonly metadata: { namespace: string; name: string } }>(
  parse: (object: unknown) => T,
  objects: Map<string, T>,
  { onChange, onDelete }: MapListeners<T>,
): InformerHandler {
  const keyOf = ({ metadata }: T) => `${metadata.namespace}/${metadata.name}`;
  const put = (object: T) => {
    objects.set(keyOf(object), object);
    onChange(keyOf(object));
  };
  const remove = (object: T) => {
    objects.delete(keyOf(object));
    onDelete?.(object, keyOf(object));
  };
  return {
    replace(sent) {
      const present = sent.map((object) => parse(object));
      const keys = new Set(present.map(keyOf));
      for (const object of objects.values()) if (!keys.has(keyOf(object))) remove(object);
      for (const object of present) put(object);
    },
    change(type, sent) {
      const object = parse(sent);
      if (type === 'DELETED') remove(object);
      else put(object);
    },
  };
}
