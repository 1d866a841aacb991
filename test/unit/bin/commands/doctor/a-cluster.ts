import type { ClusterSettings } from '../../../../../infra/settings/cluster-settings.ts';
import { readClusterSettings } from '../../../../../infra/settings/read-cluster-settings.ts';

/** The settings of a cluster, its defaults filled in. */
export function settingsOf(settings: object = {}): ClusterSettings {
  const cluster = { clusterName: 'prod', assumableRoles: ['app-*'], ...settings };
  const [read] = readClusterSettings({ clusters: [cluster] });
  if (read === undefined) throw new Error('there are no settings');
  return read;
}
