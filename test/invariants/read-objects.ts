import type { TrackedObject } from './facts.ts';

/*
 * Reads Kubernetes objects for the checker. It does not use the product's readers, because it would share their mistakes. It
 * supports only what the simulation and the fault tests use.
 */

const PREFIX = 'aws-iam-';

/** The fields of a pod that concern Secrets. */
export interface PodFields {
  /** Names of all mounted Secrets, and of those in environment variables. */
  readonly used: readonly string[];
  /** Names of the mounted Secrets that stand for roles. */
  readonly requested: readonly string[];
  /** Those of them that are not optional. */
  readonly required: readonly string[];
  /** Whether scheduling gates keep it from starting. No Secret is created for it. */
  readonly isGated: boolean;
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
    readonly containers?: readonly {
      readonly env?: readonly { readonly valueFrom?: { readonly secretKeyRef?: SecretSource } }[];
    }[];
    readonly schedulingGates?: readonly unknown[];
  };
  readonly status?: { readonly phase?: string };
}

/** Reads a pod. */
export function readPod(object: TrackedObject): PodFields {
  const { spec, status } = object as TrackedObject & PodLike;
  const sources = (spec?.volumes ?? []).flatMap(({ secret, projected }) => [
    ...(secret === undefined ? [] : [secret]),
    ...(projected?.sources ?? []).flatMap((source) => source.secret ?? []),
  ]);
  const named = sources.map(({ secretName, name, optional = false }) => ({
    name: secretName ?? name ?? '',
    optional,
  }));
  const ours = named.filter(({ name }) => isRoleSecretName(name));
  const variables = (spec?.containers ?? []).flatMap(({ env = [] }) =>
    env.flatMap(({ valueFrom }) => valueFrom?.secretKeyRef?.name ?? []),
  );
  const phase = status?.phase ?? 'Pending';
  return {
    used: [...named.map(({ name }) => name), ...variables],
    requested: ours.map(({ name }) => name),
    required: ours.filter(({ optional }) => !optional).map(({ name }) => name),
    isGated: (spec?.schedulingGates ?? []).length > 0,
    isLive: phase === 'Pending' || phase === 'Running',
    isRunning: phase === 'Running',
  };
}

function isRoleSecretName(name: string): boolean {
  return /^aws-iam-[a-z0-9][a-z0-9-]{0,63}$/.test(name) && !/-token-[a-z0-9]{5}$/.test(name);
}

/** Returns the role that the name of a Secret stands for. */
export function roleNameOf(secretName: string): string {
  return secretName.slice(PREFIX.length);
}

/** The owner of a Secret: the product, for pods or for an AWSIAMRole, which it may have lost, or another client. */
type Ownership = 'of-pods' | 'of-awsiamrole' | 'orphan' | 'foreign';

/** Reads the owner of a Secret. */
export function ownershipOf({ metadata }: TrackedObject): Ownership {
  const { labels = {}, ownerReferences = [], name } = metadata;
  if (labels['heritage'] !== 'kube-aws-iam-controller') return 'foreign';
  const isAwsIamRole = (owner: { readonly kind: string; readonly name: string }) =>
    owner.kind === 'AWSIAMRole' && owner.name === name;
  if (!ownerReferences.every(isAwsIamRole)) return 'foreign';
  if (ownerReferences.length > 0) return 'of-awsiamrole';
  if (labels['type'] === 'awsiamrole') return 'orphan';
  return isRoleSecretName(name) ? 'of-pods' : 'foreign';
}

/** The access keys in the files of a Secret, and the expiry in its file and in its annotation. */
interface CredentialFields {
  readonly accessKeyIds: ReadonlySet<string>;
  readonly expiries: readonly string[];
}

/** Reads the files and the annotation of a Secret. */
export function readCredentials(object: TrackedObject): CredentialFields {
  const { data = {} } = object as TrackedObject & {
    readonly data?: Readonly<Record<string, string>>;
  };
  const text = (key: string) => Buffer.from(data[key] ?? '', 'base64').toString();
  const keys = [text('credentials'), text('credentials.json')].flatMap((file) => [
    ...file.matchAll(/(?:aws_access_key_id = |"AccessKeyId":")(\w+)/g),
  ]);
  const annotation = object.metadata.annotations?.['kube-aws-iam/expires-at'] ?? 'none';
  return {
    accessKeyIds: new Set(keys.map(([, id = '']) => id)),
    expiries: [text('expire'), annotation],
  };
}

/** Reads the roles that a namespace allows. Supports names, `*`, and names that end in `*`. */
export function readAllowedRoles({ metadata }: TrackedObject): (role: string) => boolean {
  const text = metadata.annotations?.['iam.amazonaws.com/allowed-roles'] ?? '[]';
  let patterns: unknown;
  try {
    patterns = JSON.parse(text);
  } catch {
    return () => false;
  }
  if (!Array.isArray(patterns) || !patterns.every((pattern) => typeof pattern === 'string')) {
    return () => false;
  }
  return (role) =>
    patterns.some((pattern: string) =>
      pattern.endsWith('*') ? role.startsWith(pattern.slice(0, -1)) : role === pattern,
    );
}

/** Reads the role reference of an AWSIAMRole. */
export function readRoleReference(object: TrackedObject): string {
  const { spec } = object as TrackedObject & { readonly spec?: { roleReference?: string } };
  return spec?.roleReference ?? '';
}

/** Whether a Secret has the unused mark. */
export function isMarked({ metadata }: TrackedObject): boolean {
  return metadata.annotations?.['kube-aws-iam/unused-since'] !== undefined;
}

/** Returns `<namespace>/<name>`. */
export function keyOf({ metadata }: TrackedObject): string {
  return `${metadata.namespace ?? ''}/${metadata.name}`;
}

/** Whether two versions of a Secret hold the same data. */
export function hasSameData(before: TrackedObject, after: TrackedObject): boolean {
  const dataOf = (object: TrackedObject) => (object as { readonly data?: unknown }).data;
  return JSON.stringify(dataOf(before)) === JSON.stringify(dataOf(after));
}

/** Whether two versions of a Secret differ in nothing but owners, finalizers, and whether it can be changed or is deleted. */
export function hasSameContent(before: TrackedObject | undefined, after: TrackedObject): boolean {
  if (before === undefined) return false;
  const contentOf = ({ metadata: { labels, annotations } }: TrackedObject) =>
    JSON.stringify([labels, annotations]);
  return contentOf(before) === contentOf(after) && hasSameData(before, after);
}

/** Whether the data of a Secret can no longer be changed. */
export function isImmutable(object: TrackedObject): boolean {
  return (object as { readonly immutable?: boolean }).immutable === true;
}

/** Whether two versions of an AWSIAMRole differ in nothing but their status. */
export function isSameExceptStatus(
  before: TrackedObject | undefined,
  after: TrackedObject,
): boolean {
  const restOf = (object: TrackedObject | undefined) => {
    const { spec } = (object ?? {}) as { readonly spec?: unknown };
    const { labels, annotations, ownerReferences } = object?.metadata ?? {};
    return JSON.stringify([spec, labels, annotations, ownerReferences]);
  };
  return restOf(before) === restOf(after);
}
