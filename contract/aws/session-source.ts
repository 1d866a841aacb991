/**
 * Who opens the sessions of pods' roles: the refresher's `role` (AssumeRole), or a ServiceAccount of the product with a token
 * of the cluster's own OIDC issuer (`oidc`, AssumeRoleWithWebIdentity).
 */
export const SESSION_SOURCES = ['role', 'oidc'] as const;
export type SessionSource = (typeof SESSION_SOURCES)[number];
