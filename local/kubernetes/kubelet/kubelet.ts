import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type ApiAccess, connectToApi } from './api-connection.ts';
import { type InformerHandler, runInformer } from './informer.ts';
import { KubeletPod, KubeletSecret } from './pod-volumes.ts';
import { podPath, syncPod } from './sync-pod.ts';
import { workQueue } from './work-queue.ts';

/**
 * What a scheduler and a kubelet do for a pod that mounts Secrets, without the containers. It takes every pod that has
 * no node, waits until each Secret that the pod cannot be without exists, writes the volumes as files, says that the
 * pod runs, and takes the files away when the pod goes.
 *
 * A Secret that appears, or changes, is seen at once. The real kubelet looks for a missing one again after half a
 * second, one, two and so on, and takes up to a minute or two to deliver one that has changed.
 */
export interface Kubelet {
  /** Where a pod's volumes are: `kubernetes.io~secret/<volume>/<key>` below. */
  podVolumesPath(podUid: string): string;
  /** Ends it. Its files stay. */
  stop(): Promise<void>;
}

export interface KubeletOptions extends ApiAccess {
  /** The folder that it keeps its files in. */
  readonly directory: string;
  /** The name of its node. */
  readonly node?: string;
}

/** Starts a kubelet for one node. */
export function startKubelet({ directory, node = 'node-1', ...access }: KubeletOptions): Kubelet {
  const api = connectToApi(access);
  const abort = new AbortController();
  const pods = new Map<string, KubeletPod>();
  const secrets = new Map<string, KubeletSecret>();
  const secretNamed = (namespace: string, name: string) => secrets.get(`${namespace}/${name}`);
  const ended = new Set<string>();
  // One thing at a time, so that no file is written for a pod whose files are being removed.
  const work = workQueue(async (key) => {
    for (const uid of ended) {
      await rm(podPath(directory, uid), { recursive: true, force: true });
      ended.delete(uid);
    }
    const pod = pods.get(key);
    if (pod) await syncPod({ api, directory, node, secretNamed }, pod);
  });
  const podFollower = mapFollower(KubeletPod.parse, pods, {
    changed: work.add,
    gone: ({ metadata }, key) => {
      ended.add(metadata.uid);
      work.add(key);
    },
  });
  const secretFollower = mapFollower(KubeletSecret.parse, secrets, {
    // Only pods of its namespace can mount a Secret.
    changed: (key) => {
      const [namespace] = key.split('/');
      for (const pod of pods.keys()) if (pod.startsWith(`${namespace}/`)) work.add(pod);
    },
  });
  const following = Promise.all([
    runInformer(api, '/api/v1/secrets', secretFollower, abort.signal),
    runInformer(api, '/api/v1/pods', podFollower, abort.signal),
  ]);
  return {
    podVolumesPath: (uid) => join(podPath(directory, uid), 'volumes'),
    async stop() {
      abort.abort();
      await work.stop();
      await api.close();
      await following;
    },
  };
}

/** Keeps a map of what exists, and tells what changes in it. */
function mapFollower<T extends { readonly metadata: { namespace: string; name: string } }>(
  parse: (object: unknown) => T,
  objects: Map<string, T>,
  { changed, gone }: { changed: (key: string) => void; gone?: (object: T, key: string) => void },
): InformerHandler {
  const keyOf = ({ metadata }: T) => `${metadata.namespace}/${metadata.name}`;
  const put = (object: T) => {
    objects.set(keyOf(object), object);
    changed(keyOf(object));
  };
  const remove = (object: T) => {
    objects.delete(keyOf(object));
    gone?.(object, keyOf(object));
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
