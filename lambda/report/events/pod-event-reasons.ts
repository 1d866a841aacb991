import {
  type DeferReason,
  type FailureReason,
  type ItemOutcome,
  isTransient,
} from '../../act/item-outcome.ts';
import type { RefuseItem } from '../../decide/plan.ts';
import type { PodReference } from '../../decide/requested-secrets.ts';
import { isLasting } from '../is-lasting.ts';

/** Reasons of Events about pods. Where Zalando's kube-aws-iam-controller or kiam has a reason, it is the same. */
export const POD_EVENT_REASON = {
  roleForbidden: 'RoleForbidden',
  getCredentialsFailed: 'GetCredentialsFailed',
  createSecretFailed: 'CreateSecretFailed',
  updateSecretFailed: 'UpdateSecretFailed',
  secretIgnored: 'SecretIgnored',
  secretTerminating: 'SecretTerminating',
  secretDeleted: 'SecretDeleted',
  credentialsRecovered: 'CredentialsRecovered',
  sessionShortened: 'SessionShortened',
} as const;

/** A reason, or undefined where an Event would help nobody. */
export type EventReason = (typeof POD_EVENT_REASON)[keyof typeof POD_EVENT_REASON] | undefined;

const { roleForbidden, getCredentialsFailed, createSecretFailed, updateSecretFailed } =
  POD_EVENT_REASON;

const REASON_OF_REFUSAL: Readonly<Record<RefuseItem['reason'], EventReason>> = {
  'role-denied': roleForbidden,
  'role-not-assumable': roleForbidden,
  'namespace-not-annotated': roleForbidden,
  'namespace-annotation-malformed': roleForbidden,
  'namespace-does-not-allow': roleForbidden,
  'role-reference-malformed': getCredentialsFailed,
  'namespace-full': createSecretFailed,
  'name-taken': createSecretFailed,
  'owned-by-another': updateSecretFailed,
  'secret-of-earlier-resource': createSecretFailed,
  'awsiamrole-missing': updateSecretFailed,
  'awsiamrole-terminating': updateSecretFailed,
  // The namespace is terminating, so no Event can be created in it.
  'namespace-terminating': undefined,
};

/** Throttling and errors of a server have an Event only when they last; see {@link isLasting}. */
const REASON_OF_FAILURE: Readonly<Record<FailureReason, EventReason | 'by-action'>> = {
  'assume-role-denied': getCredentialsFailed,
  'intermediate-role-denied': getCredentialsFailed,
  'identity-provider-refused': getCredentialsFailed,
  'identity-token-missing': getCredentialsFailed,
  'own-credentials-expired': getCredentialsFailed,
  'sts-refused': getCredentialsFailed,
  'api-refused': 'by-action',
  'secret-immutable': updateSecretFailed,
  'sts-throttled': getCredentialsFailed,
  'sts-failed': getCredentialsFailed,
  'api-failed': 'by-action',
};

/** Deferred Secrets have an Event only when that lasts; see {@link isLasting}. */
const REASON_OF_DEFERRAL: Readonly<Record<DeferReason, EventReason>> = {
  'namespace-unknown': getCredentialsFailed,
  'secrets-unknown': createSecretFailed,
  'too-many-in-namespace': createSecretFailed,
  'secret-of-earlier-resource': createSecretFailed,
  'awsiamrole-terminating': updateSecretFailed,
  'changed-meanwhile': updateSecretFailed,
  // The pass has no time left for Events either.
  'out-of-time': undefined,
  // The Secret stays.
  'wanted-again': undefined,
  'pods-unknown': undefined,
};

/** Reasons of rejected writes. Other writes, such as removing an unused mark, do not affect the pod. */
const REASON_OF_FAILED_WRITE: Readonly<Partial<Record<ItemOutcome['action'], EventReason>>> = {
  create: createSecretFailed,
  renew: updateSecretFailed,
};

/** Returns the reason of the Warning that a pod gets for an outcome; undefined for none. */
export function warningReasonOf(outcome: ItemOutcome, pod: PodReference, now: Date): EventReason {
  switch (outcome.result) {
    case 'refused':
      return REASON_OF_REFUSAL[outcome.reason];
    case 'failed': {
      if (isTransient(outcome) && !isLasting(outcome, pod.createdAt, now)) return undefined;
      const reason = REASON_OF_FAILURE[outcome.reason];
      return reason === 'by-action' ? REASON_OF_FAILED_WRITE[outcome.action] : reason;
    }
    case 'deferred':
      return isLasting(outcome, pod.createdAt, now)
        ? REASON_OF_DEFERRAL[outcome.reason]
        : undefined;
    default:
      return undefined;
  }
}
