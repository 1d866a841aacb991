import { BUDGET } from '../../contract/budgets.ts';
import {
  IGNORED_POD_ANNOTATIONS,
  type IgnoredPodAnnotation,
} from '../../contract/kubernetes/injection.ts';
import type { NamespaceScope } from '../../contract/kubernetes/namespace.ts';
import type { KubernetesConnection } from '../../kubernetes/kubernetes-connection.ts';
import { type ApiObject, identityOf, type Listing } from '../../kubernetes/lists/api-object.ts';
import { createListBudgets, type ListBudgets } from '../../kubernetes/lists/list-budgets.ts';
import { listInScope } from '../../kubernetes/lists/list-in-scope.ts';
import { readObject } from '../../kubernetes/lists/read-listing.ts';
import { hasPrefix, type UsedSecret, type UsedSecrets, usedSecretsOf } from './used-secrets.ts';

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
  /** How many further names are not considered, because the pod or the pods of its namespace use too many. */
  readonly cutNames?: number;
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

/**
 * Reads one pod. The listing is empty if the pod does not exist, has terminated, uses no Secret, or is so large that the
 * forwarder sends no event for it.
 */
export function readLivePod(
  connection: KubernetesConnection,
  pod: { readonly namespace: string; readonly name: string },
  signal: AbortSignal,
): Promise<Listing<ObservedPod>> {
  return readObject(connection, {
    resource: 'pods',
    ...pod,
    maxBytes: BUDGET.watchedObjectBytes,
    pick: observedLivePod,
    signal,
  });
}

const TERMINATED: ReadonlySet<string | undefined> = new Set(['Succeeded', 'Failed']);

function observedLivePod(pod: ApiObject, budgets: ListBudgets): ObservedPod | undefined {
  return TERMINATED.has(pod.status?.phase) ? undefined : observedPod(pod, budgets);
}

const IGNORED = Object.keys(IGNORED_POD_ANNOTATIONS) as readonly IgnoredPodAnnotation[];

/** Returns what is kept of a pod; undefined when it uses no Secret. */
export function observedPod(
  pod: ApiObject,
  budgets: ListBudgets = createListBudgets('pods'),
): ObservedPod | undefined {
  const used = usedSecretsOf(pod);
  if (used.mounts.length + used.variables.length + used.leftOut === 0) return undefined;
  const identity = identityOf(pod);
  const { secretNames, otherSecretNames, environmentNames, cutNames } = keepNames(
    used,
    identity.namespace,
    budgets,
  );
  const isRunning = pod.status?.phase === 'Running';
  const provenNames = isRunning ? provenIn(used, [...secretNames, ...environmentNames]) : [];
  const { creationTimestamp, annotations } = pod.metadata ?? {};
  const ignoredAnnotations = IGNORED.filter((key) => annotations?.[key] !== undefined);
  return {
    ...identity,
    secretNames,
    ...(otherSecretNames.length === 0 ? {} : { otherSecretNames }),
    ...(environmentNames.length === 0 ? {} : { environmentNames }),
    ...(provenNames.length === 0 ? {} : { provenNames }),
    ...(cutNames === 0 ? {} : { cutNames }),
    ...(pod.status?.phase === 'Pending' ? { isPending: true } : {}),
    ...((pod.spec?.schedulingGates ?? []).length === 0 ? {} : { isGated: true }),
    ...(creationTimestamp === undefined ? {} : { createdAt: new Date(creationTimestamp) }),
    ...(ignoredAnnotations.length === 0 ? {} : { ignoredAnnotations }),
  };
}

function namesIn(used: readonly UsedSecret[]): readonly string[] {
  return [...new Set(used.map(({ name }) => name))];
}

type KeptNames = Required<
  Pick<ObservedPod, 'secretNames' | 'otherSecretNames' | 'environmentNames' | 'cutNames'>
>;

/** Keeps the names that a pod uses, within the budgets of the pod and of its namespace. */
function keepNames(
  { mounts, variables, leftOut }: UsedSecrets,
  namespace: string,
  budgets: ListBudgets,
): KeptNames {
  const mounted = namesIn(mounts);
  const isMounted = new Set(mounted);
  const lists = [
    mounted.filter(hasPrefix),
    mounted.filter((name) => !hasPrefix(name)),
    namesIn(variables).filter((name) => !isMounted.has(name)),
  ];
  const [secretNames = [], otherSecretNames = [], environmentNames = []] = lists.map((names) =>
    names
      .slice(0, BUDGET.secretNamesPerPod)
      .flatMap((name) => budgets.keepName(namespace, name) ?? []),
  );
  const total = lists.reduce((sum, { length }) => sum + length, leftOut);
  const isTooMany = lists.some(({ length }) => length > BUDGET.secretNamesPerPod);
  if (isTooMany || leftOut > 0) budgets.leaveOut(namespace, 'secretNamesPerPod', total);
  const kept = secretNames.length + otherSecretNames.length + environmentNames.length;
  return { secretNames, otherSecretNames, environmentNames, cutNames: total - kept };
}

/** Returns those names with the prefix that the pod could not have started without. */
function provenIn({ mounts, variables }: UsedSecrets, names: readonly string[]): readonly string[] {
  const required = [...mounts, ...variables].filter(({ isRequired }) => isRequired);
  const isRequired = new Set(namesIn(required));
  return names.filter((name) => isRequired.has(name));
}

/** Returns the names of all Secrets that the pod uses. */
export function usedSecretNames({
  secretNames,
  otherSecretNames = [],
  environmentNames = [],
}: ObservedPod): readonly string[] {
  return [...secretNames, ...otherSecretNames, ...environmentNames];
}
