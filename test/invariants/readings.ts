import type { WitnessedObject } from './facts.ts';

/*
 * What the judge reads of objects. It is written anew on purpose: with the product's own readers it would share their
 * mistakes. It knows as much as the worlds that are judged make use of.
 */

const PREFIX = 'aws-iam-';

/** A pod, as far as it wants Secrets. */
export interface PodReading {
  /** Names of the Secrets that it cannot start without. */
  readonly required: readonly string[];
  readonly optional: readonly string[];
  readonly isLive: boolean;
  readonly isRunning: boolean;
}

interface SecretSource {
  readonly secretName?: string;
  readonly name?: string;
  readonly optional?: boolean;
}

interface PodLike {
  readonly spec?: {
    readonly volumes?: readonly {
      readonly secret?: SecretSource;
      readonly projected?: { readonly sources?: readonly { readonly secret?: SecretSource }[] };
    }[];
  };
  readonly status?: { readonly phase?: string };
}

/** Reads a pod. */
export function readPod(object: WitnessedObject): PodReading {
  const { spec, status } = object as WitnessedObject & PodLike;
  const sources = (spec?.volumes ?? []).flatMap(({ secret, projected }) => [
    ...(secret === undefined ? [] : [secret]),
    ...(projected?.sources ?? []).flatMap((source) => source.secret ?? []),
  ]);
  const named = sources.map(({ secretName, name, optional = false }) => ({
    name: secretName ?? name ?? '',
    optional,
  }));
  const ours = named.filter(({ name }) => isNameOfRole(name));
  const phase = status?.phase ?? 'Pending';
  return {
    required: ours.filter(({ optional }) => !optional).map(({ name }) => name),
    optional: ours.filter(({ optional }) => optional).map(({ name }) => name),
    isLive: phase === 'Pending' || phase === 'Running',
    isRunning: phase === 'Running',
  };
}

function isNameOfRole(name: string): boolean {
  return /^aws-iam-[a-z0-9][a-z0-9-]{0,63}$/.test(name) && !/-token-[a-z0-9]{5}$/.test(name);
}

/** The name of the role that a pod means by a Secret. */
export function roleNamed(secretName: string): string {
  return secretName.slice(PREFIX.length);
}

/** Whose a Secret is: the product's, for pods or for an AWSIAMRole, or somebody's own. */
export type Ownership = 'of-pods' | 'of-awsiamrole' | 'foreign';

/** Reads whose a Secret is. */
export function ownershipOf({ metadata }: WitnessedObject): Ownership {
  const { labels = {}, ownerReferences = [], name } = metadata;
  if (labels['heritage'] !== 'kube-aws-iam-controller') return 'foreign';
  const isOwned = ownerReferences.length > 0;
  if (labels['type'] === 'awsiamrole') return isOwned ? 'of-awsiamrole' : 'foreign';
  return !isOwned && isNameOfRole(name) ? 'of-pods' : 'foreign';
}

/** Which access keys the files of a Secret hold, and until when they say that they last. */
export interface CredentialReading {
  readonly accessKeyIds: ReadonlySet<string>;
  readonly expire: string;
}

/** Reads the files of a Secret. */
export function readCredentials(object: WitnessedObject): CredentialReading {
  const { data = {} } = object as WitnessedObject & {
    readonly data?: Readonly<Record<string, string>>;
  };
  const text = (key: string) => Buffer.from(data[key] ?? '', 'base64').toString();
  const keys = [text('credentials'), text('credentials.json')].flatMap((file) => [
    ...file.matchAll(/(?:aws_access_key_id = |"AccessKeyId":")(\w+)/g),
  ]);
  return { accessKeyIds: new Set(keys.map(([, id = '']) => id)), expire: text('expire') };
}

/** Which roles a namespace allows. It knows whole names, `*`, and names that end in `*`. */
export function allowedBy({ metadata }: WitnessedObject): (role: string) => boolean {
  const text = metadata.annotations?.['iam.amazonaws.com/allowed-roles'] ?? '[]';
  let patterns: unknown;
  try {
    patterns = JSON.parse(text);
  } catch {
    return () => false;
  }
  if (!Array.isArray(patterns) || !patterns.every((one) => typeof one === 'string')) {
    return () => false;
  }
  return (role) =>
    patterns.some((pattern: string) =>
      pattern.endsWith('*') ? role.startsWith(pattern.slice(0, -1)) : role === pattern,
    );
}

/** What an AWSIAMRole names. */
export function referenceOf(object: WitnessedObject): string {
  const { spec } = object as WitnessedObject & { readonly spec?: { roleReference?: string } };
  return spec?.roleReference ?? '';
}
