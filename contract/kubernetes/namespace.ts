/** Namespace annotation of kube2iam: a JSON array of globs, or of regular expressions, for role names or ARNs. */
export const ALLOWED_ROLES_ANNOTATION = 'iam.amazonaws.com/allowed-roles';
/** Namespace annotation of kiam: a regular expression that must match the whole ARN. */
export const PERMITTED_ANNOTATION = 'iam.amazonaws.com/permitted';
/** The annotations of a namespace that are read. */
export const NAMESPACE_ANNOTATIONS: readonly string[] = [
  ALLOWED_ROLES_ANNOTATION,
  PERMITTED_ANNOTATION,
];

/** Formats of {@link ALLOWED_ROLES_ANNOTATION}, as kube2iam's `--namespace-restriction-format`. */
export const ALLOWED_ROLES_FORMATS = ['glob', 'regexp'] as const;
export type AllowedRolesFormat = (typeof ALLOWED_ROLES_FORMATS)[number];

/**
 * How namespaces restrict roles: `required`, a namespace without an annotation gets no role; `annotated`, only the
 * annotations of namespaces that have one are enforced; `off`, none are.
 */
export const NAMESPACE_RESTRICTIONS = ['required', 'annotated', 'off'] as const;
export type NamespaceRestrictions = (typeof NAMESPACE_RESTRICTIONS)[number];

/**
 * The namespaces that the product manages; it neither reads nor changes anything in others. All resources have the same
 * scope: a Secret whose pods are not listed would be removed.
 */
export interface NamespaceScope {
  /** Only these; empty means all. */
  readonly only: readonly string[];
  /** Never these, even if `only` contains them. */
  readonly except: readonly string[];
}

/** Whether the product manages a namespace. */
export function isInScope({ only, except }: NamespaceScope, namespace: string): boolean {
  return (only.length === 0 || only.includes(namespace)) && !except.includes(namespace);
}
