import { parseRoleArn } from '../../contract/aws/role-arn.ts';
import { ConfigError } from '../../contract/errors.ts';
import { REFRESHER_DEPLOYMENT } from '../../contract/kubernetes/refresher-lease.ts';
import { VERSION } from '../../contract/version.ts';
import { refresherRoleName } from '../../infra/names.ts';
import { type RefresherConfig, readConfig } from '../../lambda/config.ts';
import type { ClusterConfig } from '../cluster/cluster-config.ts';
import { connectKubeconfig } from '../kubeconfig/connect-kubeconfig.ts';
import { loadKubeconfig } from '../kubeconfig/load-kubeconfig.ts';
import type { KubeconfigOptions } from '../options/kubeconfig-options.ts';
import { type ExpectedRefresher, requireRefresherDeployment } from './refresher-deployment.ts';

const TIMEOUT_MS = 30_000;

/**
 * Reads the configuration of a refresher that runs in the cluster from its Deployment.
 *
 * @param isOnEks - as far as the settings say; undefined without settings
 * @throws when the cluster of the kubeconfig has none, or that of another cluster or another version
 */
export async function inClusterConfig(
  options: KubeconfigOptions,
  {
    clusterName,
    region,
    account: expectedAccount,
    isOnEks,
  }: Omit<ExpectedRefresher, 'context'> & { readonly isOnEks?: boolean },
): Promise<ClusterConfig> {
  const context = loadKubeconfig(options);
  const connection = await connectKubeconfig(context);
  try {
    const { environment } = await requireRefresherDeployment(
      connection,
      { clusterName, region, account: expectedAccount, context: context.name },
      AbortSignal.timeout(TIMEOUT_MS),
    );
    const config = configIn(environment);
    const refresherRoleArn = refresherRoleIn(config);
    const account = parseRoleArn(refresherRoleArn)?.account ?? '';
    return {
      config,
      account,
      refresherRoleArn,
      source: `Deployment ${REFRESHER_DEPLOYMENT}`,
      runsIn: 'cluster',
      ...(isOnEks === true ? {} : { server: {} }),
    };
  } finally {
    await connection.close();
  }
}

function configIn(environment: Readonly<Record<string, string>>): RefresherConfig {
  try {
    return readConfig(environment);
  } catch (cause) {
    if (!(cause instanceof ConfigError)) throw cause;
    throw new Error(
      `Deployment ${REFRESHER_DEPLOYMENT} has another version than this command (${VERSION}): apply the manifests, or use the command of its version. ${cause.message}`,
      { cause },
    );
  }
}

/** The refresher's role is the one that it renews for itself, or else one that no pod can use. */
function refresherRoleIn({ policy, region, clusterName }: RefresherConfig): string {
  const name = refresherRoleName(region, clusterName);
  const roles = [policy.forwarderRoleArn ?? '', ...policy.deniedRoles];
  const found = roles.find((arn) => arn.endsWith(`:role/${name}`));
  if (found !== undefined) return found;
  throw new Error(
    `the environment of Deployment ${REFRESHER_DEPLOYMENT} does not name its role ${name}: apply the manifests`,
  );
}
