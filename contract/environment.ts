/** The environment variables of the functions, set by the stack. Lists are JSON arrays of strings. */
export const ENVIRONMENT = {
  /** The name of the cluster. */
  clusterName: 'CLUSTER_NAME',
  /** How to reach a cluster that is not on EKS, and to log in to it: `ClusterApi` as JSON; empty for a cluster on EKS. */
  clusterApi: 'CLUSTER_API',
  /** The beginning of role ARNs, to which a role's name is appended, e.g. `arn:aws:iam::123456789012:role/`. */
  baseRoleArn: 'BASE_ROLE_ARN',
  /** ARN patterns (`*`, `?`) of the roles that may be assumed. */
  assumableRoles: 'ASSUMABLE_ROLES',
  /** ARN patterns of the roles that no pod gets, even if `ASSUMABLE_ROLES` contains them. */
  deniedRoles: 'DENIED_ROLES',
  /**
   * ARN of the role of the product's own pod, for its namespace only: of the forwarder, or of the refresher that runs in the
   * cluster; empty when that pod gets its credentials elsewhere.
   */
  forwarderRoleArn: 'FORWARDER_ROLE_ARN',
  /** One of `required`, `annotated`, `off`. */
  namespaceRestrictions: 'NAMESPACE_RESTRICTIONS',
  /** Format of the annotation `iam.amazonaws.com/allowed-roles`: `glob` or `regexp`. */
  allowedRolesFormat: 'ALLOWED_ROLES_FORMAT',
  /** The namespaces in scope; an empty array means all. */
  namespaces: 'NAMESPACES',
  /** The namespaces that are never in scope. */
  excludedNamespaces: 'EXCLUDED_NAMESPACES',
  /** Whose credentials open the sessions of pods' roles: `role` or `oidc`, see `SESSION_SOURCES`. */
  sessionSource: 'SESSION_SOURCE',
  /** The OIDC issuer of the cluster with `oidc`; empty with `role`. */
  sessionIssuer: 'SESSION_ISSUER',
  /** How long sessions of pods' roles last, in seconds. */
  sessionSeconds: 'SESSION_SECONDS',
  /** The form of session names: `namespace`, `seed` or `zalando`. */
  sessionName: 'SESSION_NAME',
  /** ARN of the cluster, as a session tag; empty when sessions are not tagged. */
  clusterArnTag: 'CLUSTER_ARN_TAG',
  /** External ID for AssumeRole of the roles of pods; empty for none. */
  externalId: 'EXTERNAL_ID',
  /** ARN of the intermediate role that assumes the roles of pods; empty for none. */
  intermediateRoleArn: 'INTERMEDIATE_ROLE_ARN',
  /** Labels and annotations of every Secret, as a JSON object with `labels` and `annotations`; empty for the default. */
  secretMetadata: 'SECRET_METADATA',
  /** The VPC in which the functions run; empty outside of any. */
  vpcId: 'VPC_ID',
  /** How long before their expiry credentials are renewed, in seconds. */
  refreshBeforeSeconds: 'REFRESH_BEFORE_SECONDS',
} as const;
