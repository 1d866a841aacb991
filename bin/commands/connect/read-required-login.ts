import type { KubernetesConnection } from '../../../kubernetes/kubernetes-connection.ts';
import { readCdkJson } from '../../cluster/cdk-json.ts';
import { type ClusterConfig, configFromSettings } from '../../cluster/cluster-config.ts';
import { readClusterConfig } from '../../cluster/read-cluster-config.ts';
import { cdkDefaults, resolveClusterLocation } from '../../cluster/region-and-account.ts';
import type { ConfigOptions } from '../../options/cluster-options.ts';
import { deployedLogin, loginFromSettings, type RequiredLogin } from './connect-target.ts';

/** The cluster, and the login that its functions need. */
export interface TargetLogin extends RequiredLogin, Pick<ClusterConfig, 'refresherRoleArn'> {
  readonly clusterName: string;
  readonly region: string;
  readonly account: string;
}

/**
 * Reads which login a cluster needs, from `cdk.json` or, with `--deployed`, from the environment of the functions.
 *
 * @param connect - connects to the cluster of the kubeconfig
 * @throws when the cluster needs none
 */
export async function readRequiredLogin(
  options: ConfigOptions,
  connect: () => Promise<KubernetesConnection>,
  signal: AbortSignal,
): Promise<TargetLogin> {
  if (options.deployed === true) {
    const { config, account, refresherRoleArn } = await readClusterConfig(options);
    const location = { clusterName: config.clusterName, region: config.region, account };
    const login = await deployedLogin(config.clusterApi, location, connect, signal);
    return { ...location, refresherRoleArn, ...login };
  }
  const settings = readCdkJson(options);
  const { clusterName } = settings;
  const place = await resolveClusterLocation(settings, options, cdkDefaults);
  const location = { clusterName, region: place.region, account: place.account };
  const login = loginFromSettings(settings, location);
  const { refresherRoleArn } = configFromSettings(settings, place);
  return { ...location, refresherRoleArn, ...login };
}
