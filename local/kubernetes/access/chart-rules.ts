import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { loadAllYaml } from '@kubernetes/client-node';
import { FORWARDER_SERVICE_ACCOUNT, PRODUCT_NAMESPACE } from '../../../contract/forwarder.ts';
import { REFRESHERS_GROUP } from '../../../contract/kubernetes/cluster-access.ts';
import type { AccessRule } from './authorization.ts';
import type { UserInfo } from './user-info.ts';

/** The forwarder's user: its ServiceAccount, with the groups of every ServiceAccount in the namespace. */
export const FORWARDER_USER: UserInfo = {
  username: `system:serviceaccount:${PRODUCT_NAMESPACE}:${FORWARDER_SERVICE_ACCOUNT}`,
  groups: ['system:serviceaccounts', `system:serviceaccounts:${PRODUCT_NAMESPACE}`],
};

/**
 * Reads the rules of the chart's ClusterRoles, for a cluster that cannot render charts. They are the rules of an
 * installation without a list of namespaces.
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

/** Matches the rules of a role. */
const RULES = /^rules:\n((?:[ #].*\n)+)/m;

/** Matches the rules in a named template. */
function definition(name: string): RegExp {
  return new RegExp(`define "kube-aws-iam\\.${name}" -}}\\n([^]*?){{- end`);
}

async function rulesIn(
  name: string,
  pattern: RegExp,
  group: string,
): Promise<readonly AccessRule[]> {
  const template = await readFile(join(TEMPLATES, name), 'utf8');
  const text = pattern.exec(template)?.[1] ?? '';
  const [rules]: (readonly Omit<AccessRule, 'group'>[])[] = loadAllYaml(text);
  if (!rules?.length) throw new Error(`found no rules in ${name} of the chart`);
  return rules.map((rule) => ({ ...rule, group }));
}
