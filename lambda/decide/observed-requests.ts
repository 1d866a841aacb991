import { isCompleteIn } from '../../kubernetes/lists/api-object.ts';
import type { ClusterView } from '../observe/observe-cluster.ts';
import {
  collectRequestedSecrets,
  type IgnoredMount,
  type RequestedSecret,
  type RequestedSecrets,
  secretKey,
} from './requested-secrets.ts';
import { ownershipOf } from './secret-ownership.ts';

/** What the pods of a view request from the product. */
interface ObservedRequests {
  readonly requested: RequestedSecrets;
  /** Without the Secrets that are the pods' own. */
  readonly view: ClusterView;
}

/**
 * Collects what the pods of a view request. A pod may mount a Secret of its own whose name happens to have the prefix, as
 * aws-iam-authenticator does: it is left to the pod, unless an AWSIAMRole of that name requests it.
 */
export function requestsIn(view: ClusterView): ObservedRequests {
  const collected = collectRequestedSecrets(view.pods.items);
  const foreign = foreignSecretsIn(view);
  const ignored = [
    ...collected.ignored,
    ...ownMounts(collected, foreign),
    ...uselessVariables(collected, view, foreign),
  ];
  if (foreign.size === 0) return { requested: { ...collected, ignored }, view };
  const requests = new Map([...collected.requests].filter(([key]) => !foreign.has(key)));
  const items = view.secrets.items.filter((secret) => !foreign.has(secretKey(secret)));
  return {
    requested: { ...collected, requests, ignored },
    view: { ...view, secrets: { ...view.secrets, items } },
  };
}

function foreignSecretsIn({ secrets, awsIamRoles }: ClusterView): ReadonlySet<string> {
  const foreign = secrets.items.filter((secret) => ownershipOf(secret).kind === 'foreign');
  const keys = new Set(foreign.map(secretKey));
  for (const resource of awsIamRoles.items) keys.delete(secretKey(resource));
  return keys;
}

function ownMounts(
  { requests, inEnvironment }: RequestedSecrets,
  foreign: ReadonlySet<string>,
): readonly IgnoredMount[] {
  return [...foreign].flatMap((key) => {
    const request = requests.get(key);
    if (request === undefined || inEnvironment.has(key)) return [];
    const { pod, secretName, role, isProven } = request;
    return isProven
      ? {
          pod,
          secretName,
          reason: 'own-secret',
          message: 'it was not created by kube-aws-iam, and the pod runs with it as it is',
        }
      : {
          pod,
          secretName,
          reason: 'foreign-secret',
          message:
            'it exists and was not created by kube-aws-iam, which leaves it to the pod. If the pod is to get credentials of ' +
            `role ${role} instead, give the existing Secret another name`,
        };
  });
}

/** A pod that runs with a Secret that is not managed is not reported: the Secret is its own. */
function uselessVariables(
  { inEnvironment }: RequestedSecrets,
  { secrets }: ClusterView,
  foreign: ReadonlySet<string>,
): readonly IgnoredMount[] {
  if (inEnvironment.size === 0) return [];
  const existing = new Set(secrets.items.map(secretKey));
  const isOurs = ([key, { isProven }]: readonly [string, RequestedSecret]) =>
    !foreign.has(key) && (existing.has(key) || !isProven);
  return [...inEnvironment].filter(isOurs).map(([, { pod, secretName }]) => ({
    pod,
    secretName,
    reason: 'environment-variable',
    message:
      'environment variables are set once, when a container starts, so that credentials in them expire within the hour. ' +
      'Mount the Secret as a volume instead (README, "Your first pod"); it is created only for pods that mount it',
  }));
}

/**
 * Returns the requested Secrets of a pass that are not among the managed ones: they may exist without the label. Without
 * those of namespaces in which the list is incomplete, where nothing is created.
 */
export function secretsToLookUp(
  view: ClusterView,
): readonly { readonly namespace: string; readonly name: string }[] {
  const { requests, inEnvironment } = collectRequestedSecrets(view.pods.items);
  const managed = new Set(view.secrets.items.map(secretKey));
  const ofPods = [...requests]
    .filter(
      ([key, { isForExisting, isProven }]) =>
        !isForExisting || (inEnvironment.has(key) && !isProven),
    )
    .map(([, { namespace, secretName }]) => ({ namespace, name: secretName }));
  const ofAwsIamRoles = view.awsIamRoles.items
    .filter(({ deletion }) => deletion === undefined)
    .map(({ namespace, name }) => ({ namespace, name }));
  return [...ofPods, ...ofAwsIamRoles].filter(
    (secret) => !managed.has(secretKey(secret)) && isCompleteIn(view.secrets, secret.namespace),
  );
}
