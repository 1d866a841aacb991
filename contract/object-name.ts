/** Names of namespaces: one label of DNS (Kubernetes object names). */
export const NAMESPACE_NAME = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;

/** Names of pods, Secrets and AWSIAMRoles: such labels with dots between them, 253 characters at most. */
export const OBJECT_NAME =
  /^(?=.{1,253}$)[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)*$/;
