import { formatInstant } from '../../../contract/format-instant.ts';
import { AWSIAMROLE } from '../../../contract/kubernetes/awsiamrole.ts';
import { isInScope } from '../../../contract/kubernetes/namespace.ts';
import { apiPathOf } from '../../../kubernetes/lists/api-object.ts';
import { type Condition, readAwsIamRole } from '../../../lambda/observe/awsiamroles.ts';
import { createRequestObserver } from '../../../lambda/observe/observe-cluster.ts';
import type { ConnectedCluster } from '../../cluster/with-cluster.ts';
import { describeApiFailure } from '../../kubeconfig/get-object.ts';
import { type Conclusion, concludeOutOfScope, concludeSecret } from './conclude-pod.ts';
import { explainSecret, type SecretExplanation } from './explain-secret.ts';
import { type NamespacedName, notFound } from './not-found.ts';
import { readProductEvents } from './product-events.ts';

/** Why an AWSIAMRole has or lacks credentials, as `--output json` prints it. */
export interface AwsIamRoleExplanation extends Conclusion {
  /** When the cluster was read. */
  readonly at: string;
  readonly namespace: string;
  readonly name: string;
  readonly roleReference: string;
  /** Its `Ready` condition, as the refresher wrote it last. */
  readonly ready?: Condition;
  readonly secret?: SecretExplanation;
}

/**
 * Explains an AWSIAMRole.
 *
 * @throws when it does not exist, with similar names
 */
export async function explainAwsIamRole(
  cluster: ConnectedCluster,
  named: NamespacedName,
): Promise<AwsIamRoleExplanation> {
  const { connection, config, target, signal } = cluster;
  const { namespace, name } = named;
  const { items, failure } = await readAwsIamRole(connection, named, signal);
  if (failure !== undefined) throw new Error(describeApiFailure(failure), { cause: failure });
  const [resource] = items;
  if (resource === undefined) {
    const { plural, kind } = AWSIAMROLE;
    const list = `${apiPathOf(plural)}/namespaces/${encodeURIComponent(namespace)}/${plural}`;
    throw await notFound(cluster, { ...named, kind, list });
  }
  const ready = resource.status.conditions?.find(({ type }) => type === 'Ready');
  const now = cluster.now();
  const findings = {
    at: formatInstant(now),
    namespace,
    name,
    roleReference: resource.roleReference ?? '',
    ...(ready === undefined ? {} : { ready }),
  };
  const subject = `AWSIAMRole ${namespace}/${name}`;
  if (!isInScope(config.scope, namespace)) {
    return { ...findings, ...concludeOutOfScope(subject, namespace) };
  }
  const regarding = { kind: AWSIAMROLE.kind, namespace, name, uid: resource.uid };
  const events = await readProductEvents(connection, regarding, signal);
  const observe = createRequestObserver(connection, signal);
  const secret = await explainSecret(
    { config, target, observe, eventsAbout: () => events, now },
    { namespace, awsIamRole: name, seenAt: now.toISOString() },
  );
  return { ...findings, secret, ...concludeSecret(subject, secret) };
}
