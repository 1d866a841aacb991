import { formatInstant } from '../../../contract/format-instant.ts';
import { ROLE_ANNOTATION } from '../../../contract/injection.ts';
import { isInScope } from '../../../contract/namespace-scope.ts';
import { SECRET_NAME_PREFIX } from '../../../contract/secret.ts';
import { readAwsIamRole } from '../../../lambda/observe/awsiamroles.ts';
import { requestObserver } from '../../../lambda/observe/observe-cluster.ts';
import type { OpenCluster } from '../../kubeconfig/with-cluster.ts';
import { explainSecret } from './explain-secret.ts';
import { notThere } from './not-there.ts';
import { type Conclusion, concludePod } from './pod-conclusion.ts';
import type { MountedSecret, PodFindings } from './pod-findings.ts';
import { type PodObject, readPod } from './pod-object.ts';
import { eventsOfSecret, productEvents } from './product-events.ts';
import { secretMounts } from './secret-mounts.ts';

/** Why a pod has or has not its Secrets, as `--output json` has it. */
export interface PodExplanation extends PodFindings, Conclusion {}

/** Which pod. */
export interface PodNamed {
  readonly namespace: string;
  readonly name: string;
}

/** Explains a pod. @throws when there is none of that name, with names that are near */
export async function explainPod(cluster: OpenCluster, named: PodNamed): Promise<PodExplanation> {
  const { connection, config, now, signal } = cluster;
  const pod = await readPod(connection, named, signal);
  if (pod === undefined) {
    const list = `/api/v1/namespaces/${encodeURIComponent(named.namespace)}/pods`;
    throw await notThere(cluster, { ...named, kind: 'pod', list });
  }
  const annotation = pod.metadata.annotations[ROLE_ANNOTATION];
  const isSeen = isInScope(config.scope, named.namespace);
  const findings: PodFindings = {
    at: formatInstant(now()),
    namespace: named.namespace,
    pod: named.name,
    phase: pod.status.phase,
    isTerminating: pod.metadata.deletionTimestamp !== undefined,
    isInScope: isSeen,
    ...(annotation === undefined ? {} : { annotation }),
    secrets: isSeen && !hasEnded(pod) ? await explainMounts(cluster, pod) : [],
  };
  return { ...findings, ...concludePod(findings) };
}

function hasEnded({ status }: PodObject): boolean {
  return status.phase === 'Succeeded' || status.phase === 'Failed';
}

async function explainMounts(
  cluster: OpenCluster,
  pod: PodObject,
): Promise<readonly MountedSecret[]> {
  const { connection, config, said, signal } = cluster;
  const now = cluster.now();
  const { namespace, name, uid } = pod.metadata;
  const mounts = secretMounts(pod);
  const events = await productEvents(connection, { kind: 'Pod', namespace, name, uid }, signal);
  const eventsAbout = (secret: string) => eventsOfSecret(events, secret);
  const deps = { config, said, observe: requestObserver(connection, signal), eventsAbout, now };
  const seenAt = now.toISOString();
  const explained: MountedSecret[] = [];
  for (const secret of new Set(mounts.map((mount) => mount.secret))) {
    const isOfPods = secret.startsWith(SECRET_NAME_PREFIX);
    if (!isOfPods && !(await mayHaveAwsIamRole(cluster, namespace, secret))) continue;
    const want = isOfPods
      ? { namespace, secret, pod: name, seenAt }
      : { namespace, awsIamRole: secret, seenAt };
    explained.push({
      ...(await explainSecret(deps, want)),
      mounts: mounts.filter((mount) => mount.secret === secret),
    });
  }
  return explained;
}

/** A Secret of any name may be that of an AWSIAMRole; one that cannot be read may be there. */
async function mayHaveAwsIamRole(
  { connection, signal }: OpenCluster,
  namespace: string,
  name: string,
): Promise<boolean> {
  const { seen, failure } = await readAwsIamRole(connection, { namespace, name }, signal);
  return seen > 0 || failure !== undefined;
}
