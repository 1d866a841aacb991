import {
  type ClusterLocation,
  type ClusterRoles,
  clusterRoles,
} from '../../../../infra/access/cluster-roles.ts';
import { environmentFromSettings } from '../../../cluster/cluster-config.ts';
import { resolveClusterLocation } from '../../../cluster/region-and-account.ts';
import type { CheckContext } from '../check.ts';

type DeploymentContext = Pick<CheckContext, 'settings' | 'region' | 'aws'>;

/** Returns the roles that the stack has according to the settings. */
export async function expectedRoles(context: DeploymentContext): Promise<ClusterRoles> {
  return clusterRoles(context.settings, await locationOf(context));
}

/** Returns the environment variables that the functions have according to the settings. */
export async function expectedEnvironment(
  context: DeploymentContext,
): Promise<Readonly<Record<string, string>>> {
  return environmentFromSettings(context.settings, await locationOf(context));
}

/** Where CDK deploys the stack: to the caller's account if `cdk.json` sets none. */
function locationOf({ settings, region, aws }: DeploymentContext): Promise<ClusterLocation> {
  return resolveClusterLocation(
    settings,
    { region },
    {
      region: async () => region,
      async account() {
        const identity = await aws.identity();
        if (identity.kind === 'found') return identity.value.account;
        throw new Error('STS returned no identity');
      },
    },
  );
}
