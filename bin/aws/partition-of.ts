import { RegionInfo } from 'aws-cdk-lib/region-info';

/**
 * Returns the partition of a region, e.g. `aws-cn`.
 *
 * @throws when CDK does not know the region
 */
export function partitionOf(region: string): string {
  const { partition } = RegionInfo.get(region);
  if (partition !== undefined) return partition;
  throw new Error(`unknown region "${region}": correct --region, or "region" in cdk.json`);
}
