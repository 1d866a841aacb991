import {
  type ClusterPlace,
  type ClusterRoles,
  clusterRoles,
} from '../../../infra/access/cluster-roles.ts';
import { clusterPlace } from '../../cluster/cluster-place.ts';
import { environmentOfSettings } from '../../cluster/config-of-settings.ts';
import type { Subject } from './check.ts';

/** What the stack is made of. */
type Deployed = Pick<Subject, 'settings' | 'region' | 'aws'>;

/** The roles of the cluster, as the stack makes them of the settings. */
export async function expectedRoles(subject: Deployed): Promise<ClusterRoles> {
  return clusterRoles(subject.settings, await placeOf(subject));
}

/** The environment of the functions, as the stack makes it of the settings. */
export async function expectedEnvironment(
  subject: Deployed,
): Promise<Readonly<Record<string, string>>> {
  return environmentOfSettings(subject.settings, await placeOf(subject));
}

/** Where CDK deploys the stack: to the account of the caller, where `cdk.json` says none. */
function placeOf({ settings, region, aws }: Deployed): Promise<ClusterPlace> {
  return clusterPlace(
    settings,
    { region },
    {
      region: async () => region,
      async account() {
        const identity = await aws.identity();
        if (identity.kind === 'read') return identity.value.account;
        throw new Error('STS does not say whose credentials these are');
      },
    },
  );
}
