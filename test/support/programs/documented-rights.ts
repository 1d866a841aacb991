import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadAllYaml } from '@kubernetes/client-node';

/** A rule of a ClusterRole. */
export interface DocumentedRule {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly verbs: readonly string[];
}

/** Reads the ClusterRole for users of the CLI from docs/command-line.md. */
export function documentedClusterRole(): { readonly rules: readonly DocumentedRule[] } {
  const text = readFileSync(join(import.meta.dirname, '../../../docs/command-line.md'), 'utf8');
  const [, yaml = ''] = /```yaml\n(apiVersion: rbac[\s\S]*?)```/.exec(text) ?? [];
  const [role] = loadAllYaml(yaml.replace(/^apiVersion: .*$/m, ''));
  return { apiVersion: 'rbac.authorization.k8s.io/v1', ...role };
}
