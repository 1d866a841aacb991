/** The CloudWatch namespace of every metric. */
export const METRICS_NAMESPACE = 'KubeAwsIam';

/** Dimension that every metric carries, beside `service`, the name of the function (`refresh` or `sweep`). */
export const CLUSTER_DIMENSION = 'Cluster';

/** The metrics of a run. Counts are per run. */
export const METRICS = {
  created: 'SecretsCreated',
  renewed: 'SecretsRenewed',
  removed: 'SecretsRemoved',
  failed: 'SecretsFailed',
  refused: 'SecretsRefused',
  deferred: 'SecretsDeferred',
  /** Secrets in use that should have been renewed by the end of the run and were not. */
  renewalsOverdue: 'RenewalsOverdue',
  /** Seconds until the first credentials of a Secret in use end; absent when there are none. */
  nearestExpirySeconds: 'NearestExpirySeconds',
  durationMilliseconds: 'RunDuration',
  podsSeen: 'PodsSeen',
  /** 1 when a sweep would have removed so much that it waits for a person, else 0. */
  removalBraked: 'RemovalBraked',
  /** Milliseconds from the forwarder's first sight of a pod to its Secret; one value for each Secret that an event made. */
  podToSecretMilliseconds: 'PodToSecretLatency',
  /** Events that were dropped because they are not what the forwarder sends. */
  podEventsMalformed: 'PodEventsMalformed',
} as const;
