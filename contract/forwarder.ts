/** The namespace of the forwarder, and the only one that gets the forwarder's role. Stack and chart rely on it. */
export const PRODUCT_NAMESPACE = 'kube-aws-iam';

/** The ServiceAccount of the forwarder, in {@link PRODUCT_NAMESPACE}. */
export const FORWARDER_SERVICE_ACCOUNT = 'kube-aws-iam-forwarder';

/** The environment variables of the forwarder, set by the chart's Deployment in addition to those of AWS and Kubernetes. */
export const FORWARDER_ENVIRONMENT = {
  /** The name of the event bus. */
  eventBusName: 'EVENT_BUS_NAME',
  /** The namespaces in scope, as a JSON array; an empty array means all. */
  namespaces: 'NAMESPACES',
  /** The namespaces that are never in scope, as a JSON array. */
  excludedNamespaces: 'EXCLUDED_NAMESPACES',
  /** The folder with the ServiceAccount's `token` and `ca.crt`. Default: where Kubernetes mounts them. */
  serviceAccountFolder: 'SERVICE_ACCOUNT_FOLDER',
  /** The folder for the files `live` and `ready`, which the probes read. */
  healthFolder: 'HEALTH_FOLDER',
  /** The port to listen on; 0 for any free port. Default: {@link FORWARDER_PORT}. */
  port: 'PORT',
} as const;

/** The port of `/metrics`. */
export const FORWARDER_PORT = 8080;

/** The activity of sending events, for {@link failureMessagesOf}. */
export const SENDING_EVENTS = 'sending events';

/** Returns the messages that the forwarder logs when an activity starts to fail, and when it works again. */
export function failureMessagesOf(activity: string) {
  return {
    failed: `${activity} fails and is retried`,
    recovered: `${activity} works again`,
  } as const;
}
