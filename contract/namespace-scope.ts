/**
 * Which namespaces the product looks at. What is in any other is left alone: not seen, made, renewed, marked or removed.
 * Pods, Secrets and whatever else is listed have the same scope, or a Secret would be removed whose pods are not looked at.
 */
export interface NamespaceScope {
  /** These and no others; empty means all. */
  readonly only: readonly string[];
  /** Never these, whatever `only` says. */
  readonly except: readonly string[];
}

/** Whether a namespace is looked at. */
export function isInScope({ only, except }: NamespaceScope, namespace: string): boolean {
  return (only.length === 0 || only.includes(namespace)) && !except.includes(namespace);
}
