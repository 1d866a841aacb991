import { errorMessageOf } from '../../contract/errors.ts';
import type { ClusterSettings } from '../../infra/settings/cluster-settings.ts';
import type { Terminal } from '../../tools/terminal/terminal.ts';
import type { ClusterOptions } from '../options/cluster-options.ts';
import { AmbiguousClusterError, hasCdkJson, readCdkJson } from './cdk-json.ts';
import {
  cdkDefaults,
  configuredAccount,
  resolveAccount,
  resolveRegion,
} from './region-and-account.ts';

/** The cluster that a command works on: enough to find its functions. */
export interface TargetCluster {
  readonly clusterName: string;
  readonly region: string;
  /** Undefined if neither `cdk.json` nor `--account` sets it. */
  readonly account: string | undefined;
  /** Undefined without a usable `cdk.json`. */
  readonly settings: ClusterSettings | undefined;
  /** Why the `cdk.json` in the working directory is not used. */
  readonly ignored?: string;
}

/**
 * Finds the cluster in `cdk.json`, or takes it from `--cluster`. An operator who stops the functions may have no checkout
 * of the stack, and may be in the folder of another CDK app.
 */
export async function findTargetCluster(options: ClusterOptions): Promise<TargetCluster> {
  const { settings, ignored } = readSettings(options);
  const clusterName = settings?.clusterName ?? options.cluster;
  if (clusterName === undefined) {
    throw new Error(
      'no cluster: use --cluster, or run the command in the folder from which you deploy the stack',
    );
  }
  const region = await resolveRegion(settings ?? { clusterName }, options, cdkDefaults);
  const account = configuredAccount(settings ?? { clusterName }, options);
  const target = { clusterName, region, account, settings };
  return ignored === undefined ? target : { ...target, ignored };
}

/** A {@link TargetCluster} with a known account, to show before anything is changed. */
export interface LocatedCluster extends TargetCluster {
  readonly account: string;
}

/** Finds the cluster and its account: that of `cdk.json`, else that of the credentials. */
export async function locateTargetCluster(options: ClusterOptions): Promise<LocatedCluster> {
  const target = await findTargetCluster(options);
  const account = await resolveAccount(target, target.region, options, cdkDefaults);
  return { ...target, account };
}

/** Notes that an unusable `cdk.json` is ignored, so that nobody believes it was read. */
export function noteIgnoredCdkJson(terminal: Terminal, { ignored }: TargetCluster): void {
  if (ignored === undefined) return;
  terminal.note(`Ignoring cdk.json, using --cluster and --region: ${ignored}`);
}

/** With both `--cluster` and `--region` no `cdk.json` is needed, so an invalid one is ignored. */
function readSettings(options: ClusterOptions): Pick<TargetCluster, 'ignored'> & {
  readonly settings?: ClusterSettings;
} {
  if (!hasCdkJson()) return {};
  try {
    return { settings: readCdkJson(options) };
  } catch (error) {
    const isSelected = options.cluster !== undefined && options.region !== undefined;
    if (!isSelected || error instanceof AmbiguousClusterError) throw error;
    return { ignored: errorMessageOf(error) };
  }
}
