import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { loadAllYaml } from '@kubernetes/client-node';
import { REFRESHERS_GROUP } from '../../lambda/contract/cluster-access.ts';
import type { AccessRule } from '../kubernetes/authorization.ts';

const CLUSTER_ROLE = join(import.meta.dirname, '../../infra/chart/templates/rbac.yaml');

/**
 * What the chart lets the refresher do, for a cluster that cannot render charts: the rules of its ClusterRole, which
 * are the same for all values.
 */
export async function chartRules(): Promise<readonly AccessRule[]> {
  const template = await readFile(CLUSTER_ROLE, 'utf8');
  const rulesOnly = /^rules:\n(?:[ #].*\n)+/m.exec(template)?.[0];
  const [role]: { rules?: Omit<AccessRule, 'group'>[] }[] = loadAllYaml(rulesOnly ?? '');
  if (!role?.rules?.length) throw new Error(`there are no rules in ${CLUSTER_ROLE}`);
  return role.rules.map((rule) => ({ ...rule, group: REFRESHERS_GROUP }));
}
