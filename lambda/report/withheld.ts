import type { ItemOutcome } from '../act/item-outcome.ts';
import { type IgnoredMount, secretKey } from '../decide/requested-secrets.ts';
import type { ClusterView } from '../observe/observe-cluster.ts';
import { usedSecretNames } from '../observe/pods.ts';

/**
 * Whether a mount that the product ignores leaves its pod without the credentials that it seems to expect. The others are
 * Secrets of somebody else, which the pod has: they have no Event either.
 */
const IS_WITHHELD: Readonly<Record<IgnoredMount['reason'], boolean>> = {
  'too-many-roles': true,
  'too-many-names': true,
  'impossible-secret-name': true,
  'impossible-role-name': true,
  'environment-variable': true,
  'foreign-secret': true,
  'own-secret': false,
  'service-account-token': false,
};

/** Returns the ignored mounts of pods that expect credentials in vain. */
export function refusedMounts(ignored: readonly IgnoredMount[]): readonly IgnoredMount[] {
  return ignored.filter(({ reason }) => IS_WITHHELD[reason]);
}

/** A pod that is younger may still be waiting for something that a person is about to do, in milliseconds. */
const MIN_AGE_MS = 600_000;

/** Input of {@link countWithheld}. */
interface WithheldRecord {
  readonly view: Pick<ClusterView, 'pods'>;
  readonly outcomes: readonly ItemOutcome[];
  readonly ignored: readonly IgnoredMount[];
  readonly startedAt: Date;
}

/**
 * Counts the Secrets that started pods request and do not get, or that somebody deletes again and again. Only a sweep
 * pass sees these pods: a refresh pass sees pods that have not started, existing Secrets and AWSIAMRoles.
 */
export function countWithheld({ view, outcomes, ignored, startedAt }: WithheldRecord): number {
  const problems = [
    ...outcomes
      .filter((outcome) => outcome.awsIamRole === undefined && isWithheld(outcome))
      .map(({ namespace, name }) => ({ namespace, name })),
    ...refusedMounts(ignored).map(({ pod, secretName }) => ({
      namespace: pod.namespace,
      name: secretName,
    })),
  ];
  if (problems.length === 0) return 0;
  const latest = startedAt.getTime() - MIN_AGE_MS;
  const requested = new Set(
    view.pods.items
      .filter(({ isPending, createdAt }) => !isPending && (createdAt?.getTime() ?? 0) <= latest)
      .flatMap((pod) =>
        usedSecretNames(pod).map((name) => secretKey({ namespace: pod.namespace, name })),
      ),
  );
  return new Set(problems.map(secretKey).filter((key) => requested.has(key))).size;
}

function isWithheld(outcome: ItemOutcome): boolean {
  if (outcome.result === 'failed' || outcome.result === 'refused') return true;
  return outcome.isRecreated === true || (outcome.result === 'deferred' && isRequest(outcome));
}

/** Whether a deferred item would have given credentials, and not removed or marked a Secret. */
function isRequest({ action }: ItemOutcome): boolean {
  return action !== 'remove' && action !== 'mark';
}
