import type { ClusterSettings } from '../settings/cluster-settings.ts';
import { SettingsError } from '../settings/read-cluster-settings.ts';
import type { FleetSettings } from '../settings/schema/fleet.ts';

/** The clusters of one Region. */
export interface FleetRegion {
  readonly region: string;
  readonly clusters: readonly ClusterSettings[];
  /** Accounts of the clusters other than the monitoring account. */
  readonly sourceAccounts: readonly string[];
  /** Whether the metrics of all of them are shared. Before, alarms would report clusters as missing. */
  readonly isLinked: boolean;
}

/**
 * Returns the Regions of the fleet, in the order of the clusters.
 *
 * @throws {SettingsError} if the settings do not fit together
 */
export function fleetRegions(
  fleet: FleetSettings,
  clusters: readonly ClusterSettings[],
): readonly FleetRegion[] {
  const unplaced = clusters.filter(({ account, region }) => !account || !region);
  if (unplaced.length > 0) throw new SettingsError([describeUnplaced(unplaced)]);
  const byRegion = Map.groupBy(clusters, ({ region = '' }) => region);
  const regions = [...byRegion].map(([region, inRegion]) => {
    const accounts = new Set(inRegion.flatMap(({ account }) => account ?? []));
    accounts.delete(fleet.account);
    const isLinked =
      accounts.size === 0 || !fleet.createLinks || fleet.sinkArns[region] !== undefined;
    return { region, clusters: inRegion, sourceAccounts: [...accounts], isLinked };
  });
  const problems = problemsWith(fleet, regions);
  if (problems.length > 0) throw new SettingsError(problems);
  return regions;
}

/** Maximum number of clusters that a message names. */
const MAX_NAMED = 3;

function describeUnplaced(unplaced: readonly ClusterSettings[]): string {
  const names = unplaced.slice(0, MAX_NAMED).map(({ clusterName }) => `"${clusterName}"`);
  const more = unplaced.length - names.length;
  return `fleet needs account and region of every cluster; set both, or set them in defaults. Clusters without: ${names.join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}

function problemsWith(fleet: FleetSettings, regions: readonly FleetRegion[]): readonly string[] {
  const known = regions.map(({ region }) => region);
  const { account, sinkArns, createSinks, createLinks, dashboardRegion } = fleet;
  const missing = regions.filter(
    ({ region, sourceAccounts }) => sourceAccounts.length > 0 && sinkArns[region] === undefined,
  );
  return [
    ...Object.entries(sinkArns).flatMap(([region, arn]) => {
      const [, , , arnRegion, arnAccount] = arn.split(':');
      const path = `fleet.sinkArns["${region}"] is "${arn}"`;
      if (!known.includes(region)) {
        return [`${path}; no cluster is in ${region}; the Regions are ${known.join(', ')}`];
      }
      return arnRegion === region && arnAccount === account
        ? []
        : [`${path}; it must be a sink in ${region} and in fleet.account, ${account}`];
    }),
    ...(createLinks && !createSinks
      ? missing.map(
          ({ region }) =>
            `fleet.sinkArns["${region}"] is missing; accounts are to be linked to a sink that exists: aws oam list-sinks --region ${region} prints its ARN. If they are linked already, set createLinks to false`,
        )
      : []),
    ...(dashboardRegion === undefined || known.includes(dashboardRegion)
      ? []
      : [
          `fleet.dashboardRegion is "${dashboardRegion}"; it must be a Region of a cluster: ${known.join(', ')}`,
        ]),
  ];
}
