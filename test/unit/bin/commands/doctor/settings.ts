import type { ClusterSettings } from '../../../../../infra/settings/cluster-settings.ts';
import { readClusterSettings } from '../../../../../infra/settings/read-cluster-settings.ts';

/** The settings of cluster `prod`, with defaults. */
export function settingsOf(settings: object = {}): ClusterSettings {
  const cluster = { clusterName: 'prod', assumableRoles: ['app-*'], ...settings };
  const [read] = readClusterSettings({ clusters: [cluster] });
  if (read === undefined) throw new Error('no settings');
  return read;
}
