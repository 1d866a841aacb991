/**
 * The environment variables of the refresher in the cluster, set by the chart's Deployment in addition to those of the functions
 * (`ENVIRONMENT`), AWS and Kubernetes.
 */
export const IN_CLUSTER_ENVIRONMENT = {
  /** The name of the pod, which identifies the process in the Lease. */
  podName: 'POD_NAME',
  /** The log group for the log and the metrics. */
  logGroupName: 'LOG_GROUP_NAME',
  /** The folder with the ServiceAccount's `token` and `ca.crt`. Default: where Kubernetes mounts them. */
  serviceAccountFolder: 'SERVICE_ACCOUNT_FOLDER',
  /** The folder for the files `live` and `ready`, which the probes read. */
  healthFolder: 'HEALTH_FOLDER',
  /** The port of `/metrics`; 0 for any free port on loopback. Default: 8080. */
  port: 'PORT',
} as const;
