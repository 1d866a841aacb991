import { DescribeClusterCommand, EKSClient } from '@aws-sdk/client-eks';
import pMap from 'p-map';
import { parseClusterArn } from '../../contract/aws/cluster-arn.ts';
import { errorMessageOf } from '../../contract/errors.ts';
import { shellCommand } from '../../tools/terminal/shell-quote.ts';
import type { Terminal } from '../../tools/terminal/terminal.ts';
import { awsClientConfig } from '../aws/aws-client-config.ts';
import { readAllClusters, type SelectedCluster } from '../cluster/cdk-json.ts';
import { cdkDefaults, resolveRegion } from '../cluster/region-and-account.ts';
import type { ClusterOptions } from '../options/cluster-options.ts';
import type { KubeconfigOptions } from '../options/kubeconfig-options.ts';
import { type ContextServer, findContext, listContexts } from './find-context.ts';

/** A cluster of `cdk.json`, and the options that select it. */
export interface FleetMember {
  /** Its name; with Region and account if several clusters have the name. */
  readonly label: string;
  readonly settings: SelectedCluster;
  readonly options: ClusterOptions;
}

/** What a command found out about one cluster, or the error that ended it there. */
export type FleetResult<T> =
  | { readonly member: FleetMember; readonly value: T; readonly error?: undefined }
  | { readonly member: FleetMember; readonly error: string };

/** Clusters at a time: enough for 200 clusters in minutes, few enough for credential plugins, which are processes. */
const CONCURRENCY = 10;

/** In milliseconds. */
const EKS_TIMEOUTS = { connectionTimeout: 5_000, requestTimeout: 20_000 };

/** Lists the clusters of `cdk.json`, limited by `--region` and `--account`, in its order. */
export function fleetOf(options: ClusterOptions): readonly FleetMember[] {
  const clusters = readAllClusters(options);
  const countByName = Map.groupBy(clusters, ({ clusterName }) => clusterName);
  return clusters.map((settings) => {
    const { clusterName, region, account } = settings;
    const place = [region, account].filter((part) => part !== undefined).join(', ');
    const isUnique = countByName.get(clusterName)?.length === 1;
    return {
      label: isUnique || place === '' ? clusterName : `${clusterName} (${place})`,
      settings,
      options: {
        ...options,
        cluster: clusterName,
        ...(region === undefined ? {} : { region }),
        ...(account === undefined ? {} : { account }),
      },
    };
  });
}

/**
 * Works on several clusters at a time. What fails for one cluster is its result, and does not stop the others.
 *
 * @param title - of the progress, such as "Reading"
 */
export async function forEachMember<T>(
  terminal: Terminal,
  title: string,
  members: readonly FleetMember[],
  work: (member: FleetMember) => Promise<T>,
): Promise<readonly FleetResult<T>[]> {
  let done = 0;
  return terminal.withSpinner(`${title} ${members.length} clusters`, (retitle) =>
    pMap(
      members,
      async (member): Promise<FleetResult<T>> => {
        try {
          return { member, value: await work(member) };
        } catch (error) {
          return { member, error: errorMessageOf(error) };
        } finally {
          done += 1;
          retitle(`${title} ${members.length} clusters: ${done} done`);
        }
      },
      { concurrency: CONCURRENCY },
    ),
  );
}

/** Returns a function that completes the options of a member with the context of its cluster. The kubeconfig is read once. */
export function contextFinder<O extends KubeconfigOptions>(
  options: O,
): (member: FleetMember) => Promise<ClusterOptions & KubeconfigOptions> {
  const contexts = listContexts(options);
  return async (member) => ({ ...member.options, context: await contextOf(member, contexts) });
}

/**
 * Returns a function that adds the context of a member's cluster to the options if its refresher runs there. Functions need no
 * access to the cluster, and so no kubeconfig.
 */
export function inClusterOptions<O extends KubeconfigOptions>(
  options: O,
): (member: FleetMember) => Promise<O> {
  let find: ReturnType<typeof contextFinder> | undefined;
  return async (member) => {
    if (member.settings.runsIn !== 'cluster') return options;
    find ??= contextFinder(options);
    return { ...options, context: (await find(member)).context };
  };
}

/** @throws an error that names the remedy if the kubeconfig has no context for the cluster */
async function contextOf(
  { settings, options }: FleetMember,
  contexts: readonly ContextServer[],
): Promise<string> {
  const { clusterName, account, kind, kubernetes } = settings;
  const region = await resolveRegion(settings, options, cdkDefaults);
  const isEks = kind === 'eks';
  const sought = { clusterName, account, region, isEks, server: kubernetes?.server };
  const context = await findContext(contexts, sought, async () => {
    const access = { ...options, account };
    const eks = new EKSClient(awsClientConfig(region, EKS_TIMEOUTS, access));
    try {
      const { cluster } = await eks.send(new DescribeClusterCommand({ name: clusterName }));
      // Another account can have a cluster of this name.
      const actual = parseClusterArn(cluster?.arn ?? '')?.account;
      if (account !== undefined && actual !== account) {
        throw new Error(`your credentials are for account ${actual}: use --role-name`);
      }
      return cluster?.endpoint;
    } catch (cause) {
      throw new Error(
        `${noContext(settings, region)} (looked for its endpoint too: eks:DescribeCluster failed: ${errorMessageOf(cause)})`,
        { cause },
      );
    }
  });
  if (context === undefined) throw new Error(noContext(settings, region));
  return context;
}

function noContext({ clusterName, kind }: SelectedCluster, region: string): string {
  const remedy =
    kind === 'eks'
      ? shellCommand`add one: aws eks update-kubeconfig --name ${clusterName} --region ${region}`
      : `add one that connects to kubernetes.server of the settings, or that is called "${clusterName}"`;
  return `the kubeconfig has no context for the cluster; ${remedy}`;
}
