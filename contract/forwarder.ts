/** The namespace of the forwarder, and the only one that gets the forwarder's role. Not a setting: stack and chart share it. */
export const PRODUCT_NAMESPACE = 'kube-aws-iam';

/** The ServiceAccount of the forwarder, in {@link PRODUCT_NAMESPACE}. */
export const FORWARDER_SERVICE_ACCOUNT = 'kube-aws-iam-forwarder';

/** The environment variables that the chart's Deployment sets and the forwarder reads, beside those of AWS and Kubernetes. */
export const FORWARDER_ENVIRONMENT = {
  /** Name of the event bus. */
  eventBusName: 'EVENT_BUS_NAME',
  /** The namespaces to look at, as a JSON array; an empty one means all. */
  namespaces: 'NAMESPACES',
  /** The namespaces never to look at, as a JSON array. */
  excludedNamespaces: 'EXCLUDED_NAMESPACES',
  /** Where the ServiceAccount's `token` and `ca.crt` are; where Kubernetes puts them unless it is set. */
  serviceAccountFolder: 'SERVICE_ACCOUNT_FOLDER',
  /** The port to listen on, {@link FORWARDER_PORT} unless it is set; 0 means any that is free. */
  port: 'PORT',
} as const;

/** The port of `/livez`, `/readyz` and `/metrics`. */
export const FORWARDER_PORT = 8080;
