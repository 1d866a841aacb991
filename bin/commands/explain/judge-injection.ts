import { PRODUCT_NAMESPACE } from '../../../contract/forwarder.ts';
import {
  CONFIG_PATH,
  CONFIG_VOLUME,
  INJECTED_VOLUME,
  ROLE_ANNOTATION,
} from '../../../contract/kubernetes/injection.ts';
import {
  MOUNT_PATH,
  SECRET_KEYS,
  SECRET_NAME_PREFIX,
} from '../../../contract/kubernetes/secret.ts';
import { parseSecretName } from '../../../lambda/decide/requested-secrets.ts';
import type { PodObject } from './pod-object.ts';

/** What the chart's injection policies do with a pod when it is created again, in a namespace with the label. */
export type InjectionVerdict =
  | { readonly kind: 'injected'; readonly secret: string; readonly role: string }
  /** The pod is not created. */
  | { readonly kind: 'rejected'; readonly message: string }
  /** The policies do not apply to the pod. */
  | { readonly kind: 'untouched'; readonly message: string };

/** Namespaces that the policies exclude. */
const NEVER_INJECTED: readonly string[] = ['kube-system', PRODUCT_NAMESPACE];
const MIRROR_ANNOTATION = 'kubernetes.io/config.mirror';
const MAX_VALUE_LENGTH = 2_048;
const OTHERWISE = 'create an AWSIAMRole and mount its Secret, without the annotation';

/**
 * Judges the annotation of a pod by the rules of `injection-refusals.yaml` in the chart; undefined without a request. Tests
 * compare the verdicts with those of an API server.
 */
export function judgeInjection(
  { metadata, spec }: Pick<PodObject, 'metadata' | 'spec'>,
  baseRoleArn: string,
): InjectionVerdict | undefined {
  const requested = metadata.annotations[ROLE_ANNOTATION] ?? '';
  if (requested === '') return undefined;
  if (NEVER_INJECTED.includes(metadata.namespace)) {
    return untouched(`injection does not apply to namespace ${metadata.namespace}`);
  }
  if (MIRROR_ANNOTATION in metadata.annotations) {
    return untouched('it is a static pod, which cannot mount Secrets');
  }
  if (isWindows(spec)) {
    return rejected('it is a Windows pod; mount the Secret and set AWS_SHARED_CREDENTIALS_FILE');
  }
  const role = withoutPrefix(requested, baseRoleArn);
  const secret = `${SECRET_NAME_PREFIX}${role}`;
  const problem = problemOf(requested, role, baseRoleArn);
  if (problem !== undefined) return rejected(problem);
  const taken = takenVolume(spec, secret);
  if (taken !== undefined) return rejected(`it has another volume named ${taken}; rename that`);
  return { kind: 'injected', secret, role };
}

function rejected(message: string): InjectionVerdict {
  return { kind: 'rejected', message };
}

function untouched(message: string): InjectionVerdict {
  return { kind: 'untouched', message };
}

function isWindows({ os, nodeSelector }: PodObject['spec']): boolean {
  return os?.name === 'windows' || nodeSelector?.['kubernetes.io/os'] === 'windows';
}

/** Removes the first of these that the value begins with: the base ARN, its path, and kiam's leading slash. */
function withoutPrefix(value: string, baseRoleArn: string): string {
  const path = baseRoleArn.replace(/^[^/]*\/?/, '');
  const prefixes = [baseRoleArn, ...(path === '' ? [] : [`/${path}`, path]), '/'];
  const prefix = prefixes.find((one) => one !== '' && value.startsWith(one)) ?? '';
  return value.slice(prefix.length);
}

function problemOf(value: string, role: string, baseRoleArn: string): string | undefined {
  if (value.length > MAX_VALUE_LENGTH) return 'the annotation is too long to name a role';
  if (value.includes(',')) {
    return 'the annotation names several roles; leave the default, and mount the Secrets of the others';
  }
  if (role.startsWith('arn:')) {
    return `the ARN does not begin with ${baseRoleArn}; ${OTHERWISE}`;
  }
  if (role.includes('/')) return `the role has another path than ${baseRoleArn}; ${OTHERWISE}`;
  const parsed = parseSecretName(`${SECRET_NAME_PREFIX}${role}`);
  return parsed.role === undefined ? parsed.message : undefined;
}

/** The volume whose name the injection would need, if it is another one. */
function takenVolume({ volumes, ...spec }: PodObject['spec'], secret: string): string | undefined {
  const containers = [...spec.initContainers, ...spec.containers];
  const hasMountAt = (path: string) => (container: (typeof containers)[number]) =>
    container.volumeMounts.some(({ mountPath }) => samePath(mountPath, path));
  const own = volumes.find((one) => one.secret?.secretName === secret && !one.secret.items);
  const isNamed = (name: string) => volumes.some((one) => one.name === name);
  if (containers.every(hasMountAt(MOUNT_PATH))) return undefined;
  if (own === undefined && isNamed(INJECTED_VOLUME)) return INJECTED_VOLUME;
  const needsConfig = containers.some(
    (container) =>
      !hasMountAt(MOUNT_PATH)(container) &&
      !hasMountAt(CONFIG_PATH)(container) &&
      !container.env.some(({ name }) => name === 'AWS_SHARED_CREDENTIALS_FILE'),
  );
  const hasConfig = volumes.some(
    ({ name, secret: source }) => name === CONFIG_VOLUME && isConfig(source, secret),
  );
  const isTaken = needsConfig && own?.secret?.optional !== true && isNamed(CONFIG_VOLUME);
  return isTaken && !hasConfig ? CONFIG_VOLUME : undefined;
}

function isConfig(source: PodObject['spec']['volumes'][number]['secret'], secret: string): boolean {
  const [item, ...more] = source?.items ?? [];
  const isFile = item?.key === SECRET_KEYS.process && item.path === SECRET_KEYS.process;
  return source?.secretName === secret && isFile && more.length === 0;
}

function samePath(one: string, other: string): boolean {
  const segments = (path: string) => path.split('/').filter(Boolean).join('/');
  return segments(one) === segments(other);
}
