/** The environment variables that the stack sets and the functions read. Lists are JSON arrays of strings. */
export const ENVIRONMENT = {
  /** Name of the EKS cluster. */
  clusterName: 'CLUSTER_NAME',
  /** What a role's name is appended to, e.g. `arn:aws:iam::123456789012:role/`. */
  baseRoleArn: 'BASE_ROLE_ARN',
  /** ARN patterns (`*`, `?`) of the roles that may be assumed. */
  assumableRoles: 'ASSUMABLE_ROLES',
  /** ARN patterns of the roles that no pod gets, whatever else allows them. */
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
  /** How sessions are named: one of `namespace`, `seed`, `zalando`. */
  sessionName: 'SESSION_NAME',
  /** The ARN of the cluster when sessions are tagged, of which it is one tag; empty when they are not. */
  clusterArnTag: 'CLUSTER_ARN_TAG',
  /** The external id that goes with the roles of pods; empty for none. */
  externalId: 'EXTERNAL_ID',
  /** The ARN of the role through which the roles of pods are assumed; empty for none. */
  intermediateRoleArn: 'INTERMEDIATE_ROLE_ARN',
  /** How long before their end credentials are renewed, in seconds. */
  refreshBeforeSeconds: 'REFRESH_BEFORE_SECONDS',
} as const;
