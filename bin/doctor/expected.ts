import { RegionInfo } from 'aws-cdk-lib/region-info';
import { type ClusterPlace, type ClusterRoles, clusterRoles } from '../../infra/cluster-roles.ts';
import { functionsEnvironment } from '../../infra/functions-environment.ts';
import type { Subject } from './check.ts';

/** The roles of the cluster, as the stack makes them of the settings. */
export async function expectedRoles(subject: Subject): Promise<ClusterRoles> {
  return clusterRoles(subject.settings, await placeOf(subject));
}

/** The environment of the functions, as the stack makes it of the settings; CDK's own kubectl role is not among the denied ones. */
export async function expectedEnvironment(
  subject: Subject,
): Promise<Readonly<Record<string, string>>> {
  const { settings } = subject;
  const place = await placeOf(subject);
  const roles = clusterRoles(settings, place);
  return functionsEnvironment({ settings, place, roles, toJson: (list) => JSON.stringify(list) });
}

/** Where CDK deploys the stack: to the account of the caller, where `cdk.json` says none. */
async function placeOf({ settings, region, aws }: Subject): Promise<ClusterPlace> {
  const identity = settings.account === undefined ? await aws.identity() : undefined;
  const account = identity?.kind === 'read' ? identity.value.account : settings.account;
  return { partition: RegionInfo.get(region).partition ?? 'aws', account: account ?? '', region };
}
