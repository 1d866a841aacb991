import { BUDGET } from '../../../contract/budgets.ts';
import { formatInstant } from '../../../contract/format-instant.ts';
import { ROLE_ANNOTATION } from '../../../contract/kubernetes/injection.ts';
import { isInScope } from '../../../contract/kubernetes/namespace.ts';
import { readAwsIamRole } from '../../../lambda/observe/awsiamroles.ts';
import { readNamespace } from '../../../lambda/observe/namespaces.ts';
import { createRequestObserver } from '../../../lambda/observe/observe-cluster.ts';
import { hasPrefix } from '../../../lambda/observe/used-secrets.ts';
import type { ConnectedCluster } from '../../cluster/with-cluster.ts';
import {
  type Conclusion,
  concludePod,
  type MountedSecret,
  type PodFindings,
} from './conclude-pod.ts';
import { explainInjection, isInjected } from './explain-injection.ts';
import { explainSecret } from './explain-secret.ts';
import { type NamespacedName, notFound } from './not-found.ts';
import {
  environmentSecrets,
  hasTerminated,
  type PodObject,
  readPod,
  secretMounts,
} from './pod-object.ts';
import { eventsOfSecret, readProductEvents } from './product-events.ts';

/** Why a pod has or lacks credentials, as `--output json` prints it. */
export interface PodExplanation extends PodFindings, Conclusion {}

/**
 * Explains a pod.
 *
 * @throws when it does not exist, with similar names
 */
export async function explainPod(
  cluster: ConnectedCluster,
  named: NamespacedName,
): Promise<PodExplanation> {
  const { connection, config, now, signal } = cluster;
  const pod = await readPod(connection, named, signal);
  if (pod === undefined) {
    const list = `/api/v1/namespaces/${encodeURIComponent(named.namespace)}/pods`;
    throw await notFound(cluster, { ...named, kind: 'pod', list });
  }
  const annotation = pod.metadata.annotations[ROLE_ANNOTATION] || undefined;
  const isManaged = isInScope(config.scope, named.namespace);
  const isExplained = isManaged && !hasTerminated(pod);
  const { secrets, notExplained } = isExplained ? await explainMounts(cluster, pod) : NO_SECRETS;
  const findings: PodFindings = {
    at: formatInstant(now()),
    namespace: named.namespace,
    pod: named.name,
    phase: pod.status.phase,
    isTerminating: pod.metadata.deletionTimestamp !== undefined,
    isInScope: isManaged,
    ...(annotation === undefined ? {} : { annotation }),
    secrets,
    ...(notExplained === 0 ? {} : { notExplained }),
    ...(annotation === undefined || secrets.length > 0 ? {} : await injectionOf(cluster, pod)),
  };
  return { ...findings, ...concludePod(findings, cluster.target) };
}

/** What injection does with a pod. Without permission to read the namespace, its label and its annotation are unknown. */
async function injectionOf(
  { connection, config, signal }: ConnectedCluster,
  pod: PodObject,
): Promise<Pick<PodFindings, 'injection' | 'isInjected'>> {
  const { namespace } = pod.metadata;
  const namespaces = await readNamespace(connection, namespace, signal);
  const injection = explainInjection(pod, config.policy, namespaces);
  const hasLabel = await isInjected(connection, namespace, signal).catch(() => undefined);
  return {
    ...(injection === undefined ? {} : { injection }),
    ...(hasLabel === undefined ? {} : { isInjected: hasLabel }),
  };
}

/** The Secrets of a pod that are explained, and the number of the others. */
interface ExplainedMounts {
  readonly secrets: readonly MountedSecret[];
  readonly notExplained: number;
}

const NO_SECRETS: ExplainedMounts = { secrets: [], notExplained: 0 };

/** Each Secret takes some requests. A pod may have tens of thousands. */
const MAX_EXPLAINED = 2 * BUDGET.rolesPerPod;

async function explainMounts(cluster: ConnectedCluster, pod: PodObject): Promise<ExplainedMounts> {
  const { connection, config, target, signal } = cluster;
  const now = cluster.now();
  const { namespace, name, uid } = pod.metadata;
  const mounts = Map.groupBy(secretMounts(pod), ({ secret }) => secret);
  const events = await readProductEvents(connection, { kind: 'Pod', namespace, name, uid }, signal);
  const eventsAbout = (secret: string) => eventsOfSecret(events, secret);
  const deps = {
    config,
    target,
    observe: createRequestObserver(connection, signal),
    eventsAbout,
    now,
  };
  const seenAt = now.toISOString();
  const explained: MountedSecret[] = [];
  const variables = environmentSecrets(pod).filter(hasPrefix);
  const names = [...new Set([...mounts.keys(), ...variables])];
  const considered = [...names.filter(hasPrefix), ...names.filter((name) => !hasPrefix(name))];
  for (const secret of considered.slice(0, MAX_EXPLAINED)) {
    const isForPods = hasPrefix(secret);
    if (!isForPods && !(await mayHaveAwsIamRole(cluster, namespace, secret))) continue;
    const request = isForPods
      ? { namespace, secret, pod: name, seenAt }
      : { namespace, awsIamRole: secret, seenAt };
    explained.push({
      ...(await explainSecret(deps, request)),
      mounts: mounts.get(secret) ?? [],
    });
  }
  return { secrets: explained, notExplained: Math.max(0, names.length - MAX_EXPLAINED) };
}

/** The Secret of an AWSIAMRole may have any name. An AWSIAMRole that cannot be read may exist. */
async function mayHaveAwsIamRole(
  { connection, signal }: ConnectedCluster,
  namespace: string,
  name: string,
): Promise<boolean> {
  const { seen, failure } = await readAwsIamRole(connection, { namespace, name }, signal);
  return seen > 0 || failure !== undefined;
}
