/** The CloudWatch namespace of every metric. */
export const METRICS_NAMESPACE = 'KubeAwsIam';

/** Dimension that every metric carries, beside {@link SERVICE_DIMENSION}. */
export const CLUSTER_DIMENSION = 'Cluster';
/** Dimension that every metric carries: the name of the function, `refresh` or `sweep`. */
export const SERVICE_DIMENSION = 'service';
/** Dimension that {@link METRICS.notGiven} carries besides: a word of the product's own, so that there are some twenty. */
export const REASON_DIMENSION = 'reason';

/**
 * The metrics. Each run emits all of them but those said to be of pod events only, zeros too: CloudWatch has no result for
 * an expression in which one is missing. A pod event emits what it can say, and a run that failed before its report only
 * what it cost.
 */
export const METRICS = {
  created: 'SecretsCreated',
  renewed: 'SecretsRenewed',
  removed: 'SecretsRemoved',
  failed: 'SecretsFailed',
  /** Those of `failed` that last until somebody mends something: a role's trust policy, a quota of the cluster. */
  denied: 'SecretsDenied',
  /** Those of `failed` that are not single tenants' to mend. */
  failedForOperator: 'SecretsFailedForOperator',
  refused: 'SecretsRefused',
  deferred: 'SecretsDeferred',
  /** What was failed, refused or deferred, by reason. Emitted for the reasons that there are. */
  notGiven: 'SecretsNotGiven',
  /** Secrets that a run made for pods that the forwarder should have announced. */
  createdUnannounced: 'SecretsCreatedUnannounced',
  /** Secrets that pods or AWSIAMRoles use. */
  inUse: 'SecretsInUse',
  /** Secrets in use that should have been renewed by the end of the run and were not. */
  renewalsOverdue: 'RenewalsOverdue',
  /** Those of `renewalsOverdue` that last until somebody mends something. */
  renewalsDenied: 'RenewalsDenied',
  /** Those of `renewalsOverdue` that are not single tenants' to mend. */
  overdueForOperator: 'RenewalsOverdueForOperator',
  /** Seconds by which the most overdue renewal is late; 0 when none is. */
  longestOverdueSeconds: 'LongestOverdueSeconds',
  /** Seconds until the first credentials of a Secret in use end, of sessions of an hour; absent when there are none. */
  nearestExpirySeconds: 'NearestExpirySeconds',
  /** 1 when a run saw all that it should see, else 0. */
  runsCompleted: 'RunsCompleted',
  durationMilliseconds: 'RunDuration',
  podsSeen: 'PodsSeen',
  /** 1 when a sweep would have removed so much that it waits for a person, else 0. */
  removalBraked: 'RemovalBraked',
  /** Secrets that pod events asked for; 0 of a run, which nothing asked. */
  wanted: 'SecretsWanted',
  /** Milliseconds from the forwarder's first sight of a pod to its Secret; one value for each Secret that an event made. */
  podToSecretMilliseconds: 'PodToSecretLatency',
  /** Events that were dropped because they are not what the forwarder sends. Of pod events only. */
  podEventsMalformed: 'PodEventsMalformed',
  /** Requests to STS, each try counted. */
  stsCalls: 'StsCalls',
  /** Those of `stsCalls` that STS turned away because there were too many. */
  stsThrottled: 'StsThrottled',
  /** Requests to the Kubernetes API, each try counted. */
  apiCalls: 'ApiCalls',
  /** Those of `apiCalls` that were answered 429. */
  apiThrottled: 'ApiThrottled',
} as const;
