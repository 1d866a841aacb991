import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { loadAllYaml } from '@kubernetes/client-node';
import { REFRESHERS_GROUP } from '../../../contract/cluster-access.ts';
import { FORWARDER_SERVICE_ACCOUNT, PRODUCT_NAMESPACE } from '../../../contract/forwarder.ts';
import type { AccessRule } from './authorization.ts';
import type { UserInfo } from './user-info.ts';

/** Who the forwarder is in a cluster: its ServiceAccount, with a group that every one of the namespace has. */
export const FORWARDER_USER: UserInfo = {
  username: `system:serviceaccount:${PRODUCT_NAMESPACE}:${FORWARDER_SERVICE_ACCOUNT}`,
  groups: ['system:serviceaccounts', `system:serviceaccounts:${PRODUCT_NAMESPACE}`],
};

/**
 * What the chart lets the refresher and the forwarder do where no namespaces are named, for a cluster that cannot render
 * charts: the rules of its ClusterRoles.
 */
export async function chartRules(): Promise<readonly AccessRule[]> {
  const forwarders = `system:serviceaccounts:${PRODUCT_NAMESPACE}`;
  return [
    ...(await rulesIn('rbac.yaml', definition('refresherRules'), REFRESHERS_GROUP)),
    ...(await rulesIn('rbac.yaml', definition('refresherRulesOnNamespaces'), REFRESHERS_GROUP)),
    ...(await rulesIn('forwarder-rbac.yaml', RULES, forwarders)),
  ];
}

const TEMPLATES = join(import.meta.dirname, '../../../infra/chart/kube-aws-iam/templates');

/** The rules of a role that is written out. */
const RULES = /^rules:\n((?:[ #].*\n)+)/m;

/** The rules that a named template consists of. */
function definition(name: string): RegExp {
  return new RegExp(`define "kube-aws-iam\\.${name}" -}}\\n([^]*?){{- end`);
}

async function rulesIn(name: string, place: RegExp, group: string): Promise<readonly AccessRule[]> {
  const template = await readFile(join(TEMPLATES, name), 'utf8');
  const text = place.exec(template)?.[1] ?? '';
  const [rules]: (readonly Omit<AccessRule, 'group'>[])[] = loadAllYaml(text);
  if (!rules?.length) throw new Error(`there are no rules in ${name} of the chart`);
  return rules.map((rule) => ({ ...rule, group }));
}
