import type { AccessRule } from '../../../local/kubernetes/access/authorization.ts';
import type { Manifest } from './helm.ts';

interface Binding {
  readonly roleRef: { readonly kind: string; readonly name: string };
  readonly subjects: readonly { readonly kind: string; readonly name: string }[];
}

/** The permissions that the chart's bindings grant to groups, for a cluster without RBAC. */
export function accessRules(manifests: readonly Manifest[]): readonly AccessRule[] {
  return manifests
    .filter(({ kind }) => kind === 'ClusterRoleBinding' || kind === 'RoleBinding')
    .flatMap((manifest) => {
      const { roleRef, subjects } = manifest as Manifest & Binding;
      const { namespace } = manifest.metadata;
      const groups = subjects.filter(({ kind }) => kind === 'Group').map(({ name }) => name);
      const role = manifests.find(
        ({ kind, metadata }) =>
          kind === roleRef.kind &&
          metadata.name === roleRef.name &&
          metadata.namespace === namespace,
      );
      const rules = role?.['rules'] as readonly Omit<AccessRule, 'group' | 'namespace'>[];
      return groups.flatMap((group) =>
        rules.map((rule) => ({ ...rule, group, ...(namespace && { namespace }) })),
      );
    });
}
