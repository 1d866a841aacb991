import type { AccessEntry, Cluster } from '@aws-sdk/client-eks';
import { REFRESHERS_GROUP } from '../../../contract/cluster-access.ts';
import type { ClusterSettings } from '../../../infra/settings/cluster-settings.ts';
import type { Check } from './check.ts';
import { expectedRoles } from './expected.ts';
import { type Finding, failed, notChecked, ok } from './finding.ts';
import { unread } from './reading.ts';
import { deployStack } from './remedies.ts';

/** The cluster takes access entries. */
export const authenticationModeCheck: Check = {
  id: 'authentication-mode',
  title: 'authentication mode',
  requires: ['eks-cluster'],
  async run({ aws, settings }) {
    const reading = await aws.cluster(settings.clusterName);
    return reading.kind === 'read'
      ? judgeAuthenticationMode(reading.value, settings)
      : notChecked('EKS does not describe the cluster');
  },
};

/** Judges whether the access entry of a role has any effect. */
export function judgeAuthenticationMode(
  { accessConfig }: Cluster,
  { clusterName }: ClusterSettings,
): Finding {
  const mode = accessConfig?.authenticationMode ?? 'unknown';
  if (mode !== 'CONFIG_MAP') return ok(mode);
  return failed(
    'its authentication mode is CONFIG_MAP, so the access entry of the refresher has no effect',
    `run: aws eks update-cluster-config --name ${clusterName} --access-config authenticationMode=API_AND_CONFIG_MAP (what aws-auth says stays in force; EKS does not let the mode go back), then deploy the stack again if it made no access entry`,
  );
}

/** The role of the functions is let into the cluster, as a member of the group that the chart gives rights to. */
export const accessEntryCheck: Check = {
  id: 'access-entry',
  title: 'access entry',
  requires: ['eks-cluster'],
  after: ['authentication-mode'],
  async run(subject) {
    const { aws, settings } = subject;
    const { refresherRoleArn } = await expectedRoles(subject);
    const reading = await aws.accessEntry(settings.clusterName, refresherRoleArn);
    if (reading.kind === 'read') return judgeAccessEntry(reading.value, settings);
    if (reading.kind !== 'absent') return unread(reading);
    return failed(
      `cluster "${settings.clusterName}" has no access entry for ${refresherRoleArn}`,
      `${deployStack(settings)}; if it was removed by hand, make it again: ${createEntry(settings, refresherRoleArn)}`,
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
    `the access entry of ${principalArn} gives ${groups}, and not ${REFRESHERS_GROUP}`,
    `run: aws eks update-access-entry --cluster-name ${settings.clusterName} --principal-arn ${principalArn} --kubernetes-groups ${REFRESHERS_GROUP}`,
  );
}

function createEntry({ clusterName }: ClusterSettings, roleArn: string): string {
  return `aws eks create-access-entry --cluster-name ${clusterName} --principal-arn ${roleArn} --kubernetes-groups ${REFRESHERS_GROUP}`;
}
