import { z } from 'zod';
import { type KeyToPath, PodSpec, type Volume } from '../kinds/pod-spec.ts';

/** The fields of a pod that the kubelet reads. */
export const KubeletPod = z.object({
  metadata: z.object({
    name: z.string(),
    namespace: z.string(),
    uid: z.string(),
    deletionTimestamp: z.string().optional(),
  }),
  spec: PodSpec,
  status: z.object({ phase: z.string() }),
});
export type KubeletPod = z.infer<typeof KubeletPod>;

/** The fields of a Secret that the kubelet reads. */
export const KubeletSecret = z.object({
  metadata: z.object({ name: z.string(), namespace: z.string() }),
  data: z.record(z.string(), z.string()).default({}),
});
export type KubeletSecret = z.infer<typeof KubeletSecret>;

/** A file of a volume. */
export interface VolumeFile {
  readonly content: Buffer;
  readonly mode: number;
}

/** A volume and its files by path. */
interface VolumeContent {
  readonly name: string;
  /** The volume plugin, which names the folder. */
  readonly plugin: 'kubernetes.io~secret' | 'kubernetes.io~projected';
  readonly files: ReadonlyMap<string, VolumeFile>;
}

/** The volumes of a pod, or the Secrets and keys that are missing. */
type PodVolumes =
  | { readonly kind: 'ready'; readonly volumes: readonly VolumeContent[] }
  | { readonly kind: 'waiting'; readonly missing: readonly string[] };

/** A Secret as the source of a volume. */
interface SecretSource {
  readonly secretName: string;
  readonly optional?: boolean | undefined;
  readonly items?: readonly Pick<KeyToPath, 'key' | 'path' | 'mode'>[] | undefined;
}

/**
 * Reads the content of a pod's Secret volumes. Ignores volumes that no container mounts, like the real kubelet, and
 * sources of other kinds.
 */
export function podVolumes(
  { spec }: KubeletPod,
  secretNamed: (name: string) => KubeletSecret | undefined,
): PodVolumes {
  const mounted = mountedNames(spec);
  const volumes = (spec.volumes ?? []).filter(({ name }) => mounted.has(name));
  const missing = volumes.flatMap((volume) =>
    sourcesOf(volume).flatMap((source) => missingOf(source, secretNamed(source.secretName))),
  );
  if (missing.length > 0) return { kind: 'waiting', missing };
  return {
    kind: 'ready',
    volumes: volumes
      .filter((volume) => volume.secret || volume.projected)
      .map((volume) => contentOf(volume, secretNamed)),
  };
}

function mountedNames({ containers, initContainers = [] }: PodSpec): ReadonlySet<string> {
  const mounts = [...containers, ...initContainers].flatMap((c) => c.volumeMounts ?? []);
  return new Set(mounts.map(({ name }) => name));
}

function sourcesOf({ secret, projected }: Volume): readonly SecretSource[] {
  const sources = projected?.sources.flatMap(({ secret: source }) =>
    source ? [{ ...source, secretName: source.name }] : [],
  );
  return secret ? [secret] : (sources ?? []);
}

function missingOf(
  { secretName, optional, items = [] }: SecretSource,
  secret: KubeletSecret | undefined,
): readonly string[] {
  if (optional) return [];
  if (!secret) return [`secret "${secretName}"`];
  return items
    .filter(({ key }) => secret.data[key] === undefined)
    .map(({ key }) => `key "${key}" of secret "${secretName}"`);
}

function contentOf(
  volume: Volume,
  secretNamed: (name: string) => KubeletSecret | undefined,
): VolumeContent {
  const defaultMode = (volume.secret ?? volume.projected)?.defaultMode ?? 0o644;
  const files = sourcesOf(volume).flatMap((source) =>
    filesOf(source, secretNamed(source.secretName)?.data ?? {}, defaultMode),
  );
  const plugin = volume.secret ? 'kubernetes.io~secret' : 'kubernetes.io~projected';
  return { name: volume.name, plugin, files: new Map(files) };
}

function filesOf(
  { items }: SecretSource,
  data: Readonly<Record<string, string>>,
  defaultMode: number,
): readonly [path: string, file: VolumeFile][] {
  const all = Object.keys(data).map((key) => ({ key, path: key, mode: undefined }));
  return (items ?? all).flatMap(({ key, path, mode = defaultMode }) => {
    const value = data[key];
    return value === undefined ? [] : [[path, { content: Buffer.from(value, 'base64'), mode }]];
  });
}
