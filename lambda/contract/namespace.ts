/** Namespace annotation of kube2iam: a JSON array of globs on role names or ARNs. */
export const ALLOWED_ROLES_ANNOTATION = 'iam.amazonaws.com/allowed-roles';
/** Namespace annotation of kiam: one regular expression that has to match the whole ARN. */
export const PERMITTED_ANNOTATION = 'iam.amazonaws.com/permitted';

/**
 * How far namespaces decide over roles: `required`, no annotation means no role; `annotated`, enforced only where an
 * annotation is; `off`, not enforced.
 */
export const NAMESPACE_RESTRICTIONS = ['required', 'annotated', 'off'] as const;
export type NamespaceRestrictions = (typeof NAMESPACE_RESTRICTIONS)[number];
