/** Namespace annotation of kube2iam: a JSON array of globs, or of regular expressions, on role names or ARNs. */
export const ALLOWED_ROLES_ANNOTATION = 'iam.amazonaws.com/allowed-roles';
/** Namespace annotation of kiam: one regular expression that has to match the whole ARN. */
export const PERMITTED_ANNOTATION = 'iam.amazonaws.com/permitted';

/** How the elements of {@link ALLOWED_ROLES_ANNOTATION} are written; kube2iam's `--namespace-restriction-format`. */
export const ALLOWED_ROLES_FORMATS = ['glob', 'regexp'] as const;
export type AllowedRolesFormat = (typeof ALLOWED_ROLES_FORMATS)[number];

/**
 * How far namespaces decide over roles: `required`, no annotation means no role; `annotated`, enforced only where an
 * annotation is; `off`, not enforced.
 */
export const NAMESPACE_RESTRICTIONS = ['required', 'annotated', 'off'] as const;
export type NamespaceRestrictions = (typeof NAMESPACE_RESTRICTIONS)[number];
