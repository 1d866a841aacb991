import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadAllYaml } from '@kubernetes/client-node';

/** A rule of a ClusterRole. */
export interface DocumentedRule {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly verbs: readonly string[];
}

/** The ClusterRole that the documentation gives to people who use the command line. */
export function documentedClusterRole(): { readonly rules: readonly DocumentedRule[] } {
  const text = readFileSync(join(import.meta.dirname, '../../docs/command-line.md'), 'utf8');
  const [, yaml = ''] = /```yaml\n(apiVersion: rbac[\s\S]*?)```/.exec(text) ?? [];
  const [role] = loadAllYaml(yaml.replace(/^apiVersion: .*$/m, ''));
  return { apiVersion: 'rbac.authorization.k8s.io/v1', ...role };
}
