/** The environment variables that the stack sets and the functions read. Lists are JSON arrays of strings. */
export const ENVIRONMENT = {
  /** Name of the EKS cluster. */
  clusterName: 'CLUSTER_NAME',
  /** What a role's name is appended to, e.g. `arn:aws:iam::123456789012:role/`. */
  baseRoleArn: 'BASE_ROLE_ARN',
  /** ARN patterns (`*`, `?`) of the roles that may be assumed. */
  assumableRoles: 'ASSUMABLE_ROLES',
  /** ARN patterns of the roles that are never assumed, whatever else allows them. */
  deniedRoles: 'DENIED_ROLES',
  /** The ARN of the role that the product's own namespace gets; empty when the forwarder has its credentials from elsewhere. */
  forwarderRoleArn: 'FORWARDER_ROLE_ARN',
  /** One of `required`, `annotated`, `off`. */
  namespaceRestrictions: 'NAMESPACE_RESTRICTIONS',
  /** How `iam.amazonaws.com/allowed-roles` is written: `glob` or `regexp`. */
  allowedRolesFormat: 'ALLOWED_ROLES_FORMAT',
  /** The namespaces to look at; an empty array means all. */
  namespaces: 'NAMESPACES',
  /** The namespaces never to look at. */
  excludedNamespaces: 'EXCLUDED_NAMESPACES',
  /** How long before their end credentials are renewed, in seconds. */
  refreshBeforeSeconds: 'REFRESH_BEFORE_SECONDS',
} as const;
