import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { loadAllYaml } from '@kubernetes/client-node';
import { REFRESHERS_GROUP } from '../../lambda/contract/cluster-access.ts';
import { FORWARDER_SERVICE_ACCOUNT, PRODUCT_NAMESPACE } from '../../lambda/contract/forwarder.ts';
import type { AccessRule } from '../kubernetes/authorization.ts';
import type { UserInfo } from '../kubernetes/user-info.ts';

/** Who the forwarder is in a cluster: its ServiceAccount, with a group that every one of the namespace has. */
export const FORWARDER_USER: UserInfo = {
  username: `system:serviceaccount:${PRODUCT_NAMESPACE}:${FORWARDER_SERVICE_ACCOUNT}`,
  groups: ['system:serviceaccounts', `system:serviceaccounts:${PRODUCT_NAMESPACE}`],
};

/**
 * What the chart lets the refresher and the forwarder do, for a cluster that cannot render charts: the rules of its
 * ClusterRoles, which are the same for all values.
 */
export async function chartRules(): Promise<readonly AccessRule[]> {
  return [
    ...(await rulesIn('rbac.yaml', REFRESHERS_GROUP)),
    ...(await rulesIn('forwarder-rbac.yaml', `system:serviceaccounts:${PRODUCT_NAMESPACE}`)),
  ];
}

const TEMPLATES = join(import.meta.dirname, '../../infra/chart/templates');

async function rulesIn(name: string, group: string): Promise<readonly AccessRule[]> {
  const template = await readFile(join(TEMPLATES, name), 'utf8');
  const rulesOnly = /^rules:\n(?:[ #].*\n)+/m.exec(template)?.[0];
  const [role]: { rules?: Omit<AccessRule, 'group'>[] }[] = loadAllYaml(rulesOnly ?? '');
  if (!role?.rules?.length) throw new Error(`there are no rules in ${name} of the chart`);
  return role.rules.map((rule) => ({ ...rule, group }));
}
