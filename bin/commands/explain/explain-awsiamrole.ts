import { AWSIAMROLE } from '../../../contract/awsiamrole.ts';
import { formatInstant } from '../../../contract/format-instant.ts';
import { isInScope } from '../../../contract/namespace-scope.ts';
import { apiPathOf } from '../../../kubernetes/lists/api-object.ts';
import type { Condition } from '../../../lambda/observe/awsiamroles.ts';
import { readAwsIamRole } from '../../../lambda/observe/awsiamroles.ts';
import { requestObserver } from '../../../lambda/observe/observe-cluster.ts';
import type { OpenCluster } from '../../cluster/with-cluster.ts';
import { explainFailure } from '../../kubeconfig/explain-failure.ts';
import { type Conclusion, concludeSecret } from './conclude-pod.ts';
import type { PodNamed } from './explain-pod.ts';
import { explainSecret, type SecretExplanation } from './explain-secret.ts';
import { notThere } from './not-found.ts';
import { productEvents } from './product-events.ts';

/** Why an AWSIAMRole has or has not its Secret, as `--output json` has it. */
export interface AwsIamRoleExplanation extends Conclusion {
  /** When it was looked at. */
  readonly at: string;
  readonly namespace: string;
  readonly name: string;
  readonly roleReference: string;
  /** Its condition `Ready`, as the functions wrote it last. */
  readonly ready?: Condition;
  readonly secret?: SecretExplanation;
}

/** Explains an AWSIAMRole. @throws when there is none of that name, with names that are near */
export async function explainAwsIamRole(
  cluster: OpenCluster,
  named: PodNamed,
): Promise<AwsIamRoleExplanation> {
  const { connection, config, said, signal } = cluster;
  const { namespace, name } = named;
  const { items, failure } = await readAwsIamRole(connection, named, signal);
  if (failure !== undefined) throw new Error(explainFailure(failure), { cause: failure });
  const [resource] = items;
  if (resource === undefined) {
    const { plural, kind } = AWSIAMROLE;
    const list = `${apiPathOf(plural)}/namespaces/${encodeURIComponent(namespace)}/${plural}`;
    throw await notThere(cluster, { ...named, kind, list });
  }
  const ready = resource.status.conditions?.find(({ type }) => type === 'Ready');
  const now = cluster.now();
  const found = {
    at: formatInstant(now),
    namespace,
    name,
    roleReference: resource.roleReference ?? '',
    ...(ready === undefined ? {} : { ready }),
  };
  const of = `AWSIAMRole ${namespace}/${name}`;
  if (!isInScope(config.scope, namespace)) {
    return {
      ...found,
      conclusion: `${of} gets nothing: the product does not look at namespace ${namespace}.`,
      next: 'see the settings namespaces and excludedNamespaces in cdk.json',
    };
  }
  const regarded = { kind: AWSIAMROLE.kind, namespace, name, uid: resource.uid };
  const events = await productEvents(connection, regarded, signal);
  const observe = requestObserver(connection, signal);
  const want = { namespace, awsIamRole: name, seenAt: now.toISOString() };
  const secret = await explainSecret(
    { config, said, observe, eventsAbout: () => events, now },
    want,
  );
  return { ...found, secret, ...concludeSecret(of, secret) };
}
