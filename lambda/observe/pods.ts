import {
  IGNORED_POD_ANNOTATIONS,
  type IgnoredPodAnnotation,
} from '../../contract/kubernetes/injection.ts';
import type { NamespaceScope } from '../../contract/kubernetes/namespace.ts';
import { SECRET_NAME_PREFIX } from '../../contract/kubernetes/secret.ts';
import type { KubernetesConnection } from '../../kubernetes/kubernetes-connection.ts';
import {
  type ApiObject,
  identityOf,
  type Listing,
  type PodContainer,
  type PodVolume,
  type SecretReference,
} from '../../kubernetes/lists/api-object.ts';
import { listInScope } from '../../kubernetes/lists/list-in-scope.ts';
import { readObject } from '../../kubernetes/lists/read-listing.ts';

/** A pod that uses a Secret. */
export interface ObservedPod {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  /** The mounted names with the prefix, from `secret` and `projected` volumes, in order and without duplicates. */
  readonly secretNames: readonly string[];
  /** The other mounted names. The Secret of an AWSIAMRole may have any name. */
  readonly otherSecretNames?: readonly string[];
  /** The names with the prefix that only environment variables use, without duplicates. */
  readonly environmentNames?: readonly string[];
  /**
   * Those names with the prefix that the pod could not have started without. Absent unless it runs. Their Secrets existed
   * then, whoever created them.
   */
  readonly provenNames?: readonly string[];
  /** Set until its containers start. A refresh pass sees these pods only. */
  readonly isPending?: true;
  /** Set while scheduling gates keep the pod from starting. */
  readonly isGated?: true;
  /** Absent when the server does not send it. */
  readonly createdAt?: Date;
  /** Annotations of kube2iam and kiam that have no effect. */
  readonly ignoredAnnotations?: readonly IgnoredPodAnnotation[];
}

/** `pending`: pods that may be waiting for a Secret. `live`: all pods that may still use one. */
export type PodPhase = 'pending' | 'live';

const PHASE_SELECTOR: Readonly<Record<PodPhase, string>> = {
  pending: 'status.phase=Pending',
  live: 'status.phase!=Succeeded,status.phase!=Failed',
};

interface ListPodsInput {
  readonly phase: PodPhase;
  readonly scope: NamespaceScope;
  readonly signal: AbortSignal;
}

/** Lists the pods that use a Secret. */
export function listPods(
  connection: KubernetesConnection,
  { phase, scope, signal }: ListPodsInput,
): Promise<Listing<ObservedPod>> {
  return listInScope(connection, scope, {
    resource: 'pods',
    kind: 'PodList',
    fieldSelector: PHASE_SELECTOR[phase],
    pick: observedPod,
    signal,
  });
}

/** Reads one pod. The listing is empty if the pod does not exist, has terminated, or uses no Secret. */
export function readLivePod(
  connection: KubernetesConnection,
  pod: { readonly namespace: string; readonly name: string },
  signal: AbortSignal,
): Promise<Listing<ObservedPod>> {
  return readObject(connection, { resource: 'pods', ...pod, pick: observedLivePod, signal });
}

const TERMINATED: ReadonlySet<string | undefined> = new Set(['Succeeded', 'Failed']);

function observedLivePod(pod: ApiObject): ObservedPod | undefined {
  return TERMINATED.has(pod.status?.phase) ? undefined : observedPod(pod);
}

const IGNORED = Object.keys(IGNORED_POD_ANNOTATIONS) as readonly IgnoredPodAnnotation[];

/** Returns what is kept of a pod; undefined when it uses no Secret. */
export function observedPod(pod: ApiObject): ObservedPod | undefined {
  const mounts = (pod.spec?.volumes ?? []).flatMap(mountsOf);
  const variables = environmentOf(pod);
  if (mounts.length + variables.length === 0) return undefined;
  const names = namesIn(mounts);
  const secretNames = names.filter(hasPrefix);
  const otherSecretNames = names.filter((name) => !hasPrefix(name));
  const mounted = new Set(secretNames);
  const environmentNames = namesIn(variables).filter((name) => !mounted.has(name));
  const isRunning = pod.status?.phase === 'Running';
  const provenNames = isRunning ? provenIn([...mounts, ...variables]) : [];
  const { creationTimestamp, annotations } = pod.metadata ?? {};
  const ignoredAnnotations = IGNORED.filter((key) => annotations?.[key] !== undefined);
  return {
    ...identityOf(pod),
    secretNames,
    ...(otherSecretNames.length === 0 ? {} : { otherSecretNames }),
    ...(environmentNames.length === 0 ? {} : { environmentNames }),
    ...(provenNames.length === 0 ? {} : { provenNames }),
    ...(pod.status?.phase === 'Pending' ? { isPending: true } : {}),
    ...((pod.spec?.schedulingGates ?? []).length === 0 ? {} : { isGated: true }),
    ...(creationTimestamp === undefined ? {} : { createdAt: new Date(creationTimestamp) }),
    ...(ignoredAnnotations.length === 0 ? {} : { ignoredAnnotations }),
  };
}

/** A Secret that a pod uses. */
interface UsedSecret {
  readonly name: string;
  readonly isRequired: boolean;
}

function usedSecret(name: string | undefined, optional: boolean | undefined): UsedSecret[] {
  return name === undefined ? [] : [{ name, isRequired: optional !== true }];
}

function mountsOf({ secret, projected }: PodVolume): readonly UsedSecret[] {
  return [
    ...usedSecret(secret?.secretName, secret?.optional),
    ...(projected?.sources ?? []).flatMap((source) =>
      usedSecret(source.secret?.name, source.secret?.optional),
    ),
  ];
}

/** Returns the Secrets with the prefix that containers use as environment variables. */
function environmentOf({ spec }: ApiObject): readonly UsedSecret[] {
  const used = (containers: readonly PodContainer[] = []) =>
    containers.flatMap(({ env, envFrom }) => [
      ...(env ?? []).flatMap(({ valueFrom }) => variableOf(valueFrom?.secretKeyRef)),
      ...(envFrom ?? []).flatMap(({ secretRef }) => variableOf(secretRef)),
    ]);
  // A container that is added to a running pod proves nothing.
  const added = used(spec?.ephemeralContainers).map((one) => ({ ...one, isRequired: false }));
  return [...used(spec?.initContainers), ...used(spec?.containers), ...added];
}

function variableOf(reference: SecretReference | undefined): readonly UsedSecret[] {
  const { name, optional } = reference ?? {};
  return name && hasPrefix(name) ? usedSecret(name, optional) : [];
}

function hasPrefix(name: string): boolean {
  return name.startsWith(SECRET_NAME_PREFIX);
}

function namesIn(used: readonly UsedSecret[]): readonly string[] {
  return [...new Set(used.map(({ name }) => name))];
}

function provenIn(used: readonly UsedSecret[]): readonly string[] {
  return namesIn(used.filter(({ name, isRequired }) => isRequired && hasPrefix(name)));
}

/** Returns the names of all Secrets that the pod uses. */
export function usedSecretNames({
  secretNames,
  otherSecretNames = [],
  environmentNames = [],
}: ObservedPod): readonly string[] {
  return [...secretNames, ...otherSecretNames, ...environmentNames];
}
