/** The CloudWatch namespace of every metric. */
export const METRICS_NAMESPACE = 'KubeAwsIam';

/** Dimension of every metric: the name of the cluster. */
export const CLUSTER_DIMENSION = 'Cluster';
/** Dimension of every metric: the name of the function, `refresh`, `sweep` or `events`, also in the cluster. */
export const SERVICE_DIMENSION = 'service';
/** Additional dimension of {@link METRICS.notGiven}. The product defines its values, about twenty. */
export const REASON_DIMENSION = 'reason';

/**
 * The CloudWatch metrics. A pass emits all of them except those for pod events only and those of logins, zeros included:
 * CloudWatch cannot evaluate an expression with a missing metric. A pod event emits those that apply to it; the events function also emits a
 * zero of those in expressions every minute. A pass that fails before its report emits only the number of calls.
 */
export const METRICS = {
  created: 'SecretsCreated',
  renewed: 'SecretsRenewed',
  removed: 'SecretsRemoved',
  failed: 'SecretsFailed',
  /** Those of `failed` that persist until somebody fixes the cause: a trust policy, a quota of the cluster. */
  denied: 'SecretsDenied',
  /** Those of `failed` that the operator has to fix, not a tenant. */
  failedForOperator: 'SecretsFailedForOperator',
  /** Those of `failed` that a tenant may have to fix: denied roles, and what fails in one namespace only. Passes only. */
  failedForTenants: 'SecretsFailedForTenants',
  /** Includes mounts that request a role in vain. */
  refused: 'SecretsRefused',
  deferred: 'SecretsDeferred',
  /** Secrets that were failed, refused or deferred, by reason. Emitted only for reasons that occurred. */
  notGiven: 'SecretsNotGiven',
  /** Secrets that a pass created for pods whose event the forwarder should have sent. */
  createdUnannounced: 'SecretsCreatedUnannounced',
  /** Secrets that a container has created three times within an hour: somebody deletes them. */
  recreated: 'SecretsRecreated',
  /** Sweep only: Secrets that started pods, older than ten minutes, request and do not get. 0 for a refresh. */
  withheld: 'SecretsWithheld',
  /** Secrets that pods or AWSIAMRoles use. */
  inUse: 'SecretsInUse',
  /** Secrets in use whose renewal is overdue at the end of the pass. */
  renewalsOverdue: 'RenewalsOverdue',
  /** Those of `renewalsOverdue` that persist until somebody fixes the cause. */
  renewalsDenied: 'RenewalsDenied',
  /** Those of `renewalsOverdue` that the operator has to fix, not a tenant. */
  overdueForOperator: 'RenewalsOverdueForOperator',
  /** Seconds by which the longest overdue renewal is late; 0 when none is. */
  longestOverdueSeconds: 'LongestOverdueSeconds',
  /** Seconds until the first one-hour credentials of a Secret in use expire; absent when there are none. */
  nearestExpirySeconds: 'NearestExpirySeconds',
  /** 1 when all lists of a pass were complete, otherwise 0. */
  runsCompleted: 'RunsCompleted',
  durationMs: 'RunDuration',
  podsSeen: 'PodsSeen',
  /** 1 when the brake held removals back in a sweep, otherwise 0. */
  removalBraked: 'RemovalBraked',
  /** Secrets in use that earlier sweeps marked as unused; 0 unless they are suspiciously many. */
  wrongMarks: 'WrongUnusedMarks',
  /** Namespaces that exceed a limit of docs/limits.md; 0 when none does. */
  namespacesOverBudget: 'NamespacesOverBudget',
  /** Pod events only: Secrets that they requested. */
  wanted: 'SecretsWanted',
  /** Pod events only: requests that were left to the next pass, because their namespace had too many in a minute. */
  requestsLeft: 'SecretRequestsLeft',
  /** Milliseconds from the forwarder's first sight of a pod to its Secret; one value for each Secret created for an event. */
  podToSecretMs: 'PodToSecretLatency',
  /** Events that were dropped because the forwarder does not send such events. Pod events only. */
  podEventsMalformed: 'PodEventsMalformed',
  /** 1 when an invocation failed, otherwise 0. Emitted by the refresher in the cluster; Lambda counts `Errors` by itself. */
  invocationsFailed: 'InvocationsFailed',
  /** Refresh only: seconds until the login to a cluster outside EKS expires; absent if there is no login that expires. */
  loginExpirySeconds: 'LoginExpirySeconds',
  /** Refresh only: 1 when that login expires soon, otherwise 0; absent without a login in Secrets Manager. */
  loginExpiresSoon: 'LoginExpiresSoon',
  /** Refresh only: 1 while that login is due for a rotation that has failed, otherwise 0. */
  loginRotationFailed: 'LoginRotationFailed',
  /** Requests to STS, retries included. */
  stsCalls: 'StsCalls',
  /** Those of `stsCalls` that STS throttled. */
  stsThrottled: 'StsThrottled',
  /** Requests to the Kubernetes API, retries included. */
  apiCalls: 'ApiCalls',
  /** Those of `apiCalls` that were throttled (429). */
  apiThrottled: 'ApiThrottled',
} as const;
