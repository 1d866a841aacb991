import type { AccessEntry, Cluster } from '@aws-sdk/client-eks';
import { REFRESHERS_GROUP } from '../../../../contract/kubernetes/cluster-access.ts';
import type { ClusterSettings } from '../../../../infra/settings/cluster-settings.ts';
import { shellCommand } from '../../../../tools/terminal/shell-quote.ts';
import { type Check, type Finding, failed, ok, unreadable } from '../check.ts';
import { deployStack } from '../remedies.ts';
import { expectedRoles } from './expected-deployment.ts';
import { judgeCluster } from './identity-and-cluster.ts';

/** The cluster supports access entries. */
export const authenticationModeCheck: Check = {
  id: 'authentication-mode',
  title: 'authentication mode',
  requires: ['eks-cluster'],
  run: (context) => judgeCluster(context, judgeAuthenticationMode),
};

/** Judges whether access entries have an effect. */
export function judgeAuthenticationMode(
  { accessConfig }: Cluster,
  { clusterName }: ClusterSettings,
): Finding {
  const mode = accessConfig?.authenticationMode ?? 'unknown';
  if (mode !== 'CONFIG_MAP') return ok(mode);
  return failed(
    'authentication mode CONFIG_MAP ignores the access entry of the refresher',
    shellCommand`run: aws eks update-cluster-config --name ${clusterName} --access-config authenticationMode=API_AND_CONFIG_MAP (aws-auth stays in effect; EKS cannot change the mode back), then deploy the stack again if it has no access entry`,
  );
}

/** The role of the functions has an access entry with the group to which the chart grants permissions. */
export const accessEntryCheck: Check = {
  id: 'access-entry',
  title: 'access entry',
  requires: ['eks-cluster'],
  after: ['authentication-mode'],
  async run(context) {
    const { aws, settings } = context;
    const { refresherRoleArn } = await expectedRoles(context);
    const result = await aws.accessEntry(settings.clusterName, refresherRoleArn);
    if (result.kind === 'found') return judgeAccessEntry(result.value, settings);
    if (result.kind !== 'absent') return unreadable(result);
    return failed(
      `cluster "${settings.clusterName}" has no access entry for ${refresherRoleArn}`,
      `${deployStack(settings)}; if the access entry was deleted manually, recreate it: ${createEntry(settings, refresherRoleArn)}`,
    );
  },
};

/** Judges the access entry of the refresher's role. */
export function judgeAccessEntry(
  { principalArn = '', kubernetesGroups = [] }: AccessEntry,
  settings: ClusterSettings,
): Finding {
  if (kubernetesGroups.includes(REFRESHERS_GROUP)) return ok(principalArn);
  const groups = kubernetesGroups.length === 0 ? 'no group' : kubernetesGroups.join(', ');
  return failed(
    `the access entry of ${principalArn} has ${groups} instead of ${REFRESHERS_GROUP}`,
    shellCommand`run: aws eks update-access-entry --cluster-name ${settings.clusterName} --principal-arn ${principalArn} --kubernetes-groups ${REFRESHERS_GROUP}`,
  );
}

function createEntry({ clusterName }: ClusterSettings, roleArn: string): string {
  return shellCommand`aws eks create-access-entry --cluster-name ${clusterName} --principal-arn ${roleArn} --kubernetes-groups ${REFRESHERS_GROUP}`;
}
