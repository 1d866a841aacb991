import { existsSync, readFileSync } from 'node:fs';
import * as z from 'zod';
import { errorMessageOf } from '../../contract/errors.ts';
import { stackIdOf } from '../../infra/names.ts';
import type { ClusterSettings } from '../../infra/settings/cluster-settings.ts';
import { readClusterSettings } from '../../infra/settings/read-cluster-settings.ts';
import { shellQuote } from '../../tools/terminal/shell-quote.ts';
import type { ClusterOptions } from '../options/cluster-options.ts';

const FILE = 'cdk.json';

/** What was read last: a command on all clusters would validate all of them again for each. */
let last: { readonly text: string; readonly clusters: readonly ClusterSettings[] } | undefined;

const contextFile = z.object({ context: z.record(z.string(), z.unknown()).nullish() });

/** Whether the working directory contains a `cdk.json`. */
export function hasCdkJson(): boolean {
  return existsSync(FILE);
}

/** The settings of a cluster in `cdk.json`. */
export type SelectedCluster = ClusterSettings & {
  /** ID of its stack in the CDK CLI. */
  readonly stackId: string;
};

/** Several clusters match the options. */
export class AmbiguousClusterError extends Error {
  override readonly name = 'AmbiguousClusterError';
}

/**
 * Reads the settings of the cluster that the options select from `cdk.json` in the working directory. `--region` and
 * `--account` select among clusters of the same name.
 *
 * @throws {SettingsError} when the settings are invalid
 * @throws {AmbiguousClusterError} when several clusters match
 */
export function readCdkJson(options: ClusterOptions): SelectedCluster {
  const clusters = readClusters();
  const named = clusters.filter(
    ({ clusterName }) => options.cluster === undefined || clusterName === options.cluster,
  );
  const candidates = describeCandidates(clusters);
  if (named.length === 0) {
    throw new Error(`${FILE} has no cluster "${options.cluster}"; it has ${candidates}`);
  }
  const isOneName = named.every(({ clusterName }) => clusterName === named[0]?.clusterName);
  // A contradiction to the only cluster is reported as such, by whoever resolves region and account.
  const found = named.length > 1 && isOneName ? select(named, options) : named;
  const [settings] = found;
  if (settings !== undefined && found.length === 1) {
    return { ...settings, stackId: stackIdOf(settings, clusters) };
  }
  if (found.length === 0) {
    throw new Error(`${FILE} has no cluster with ${optionsText(options)}; it has ${candidates}`);
  }
  throw new AmbiguousClusterError(`${FILE} has several clusters: choose one with ${candidates}`);
}

/**
 * Reads the settings of every cluster in `cdk.json`, or of those of `--region` and `--account`.
 *
 * @throws {SettingsError} when the settings are invalid
 */
export function readAllClusters(options: ClusterOptions): readonly SelectedCluster[] {
  const clusters = readClusters();
  const selected = select(clusters, options);
  if (selected.length === 0) {
    throw new Error(`${FILE} has no cluster with ${optionsText(options)}`);
  }
  return selected.map((settings) => ({ ...settings, stackId: stackIdOf(settings, clusters) }));
}

/** Returns the clusters that have the name, region and account of the options; an omitted setting can have any value. */
function select(
  clusters: readonly ClusterSettings[],
  { cluster, region, account }: ClusterOptions,
): readonly ClusterSettings[] {
  const matches = (setting: string | undefined, option: string | undefined) =>
    setting === undefined || option === undefined || setting === option;
  return clusters.filter(
    (one) =>
      matches(one.clusterName, cluster) &&
      matches(one.region, region) &&
      matches(one.account, account),
  );
}

/** Lists the shortest options that select each cluster. */
function describeCandidates(clusters: readonly ClusterSettings[]): string {
  return clusters
    .map(({ clusterName: cluster, region, account }) => {
      const shortest = [{}, { region }, { account }, { region, account }].find(
        (more) => select(clusters, withValues({ cluster, ...more })).length === 1,
      );
      return `"${optionsText(withValues({ cluster, ...(shortest ?? { region, account }) }))}"`;
    })
    .join(', ');
}

type OptionValues = { readonly [option in keyof ClusterOptions]?: string | undefined };

function withValues({ cluster, region, account }: OptionValues): ClusterOptions {
  return {
    ...(cluster === undefined ? {} : { cluster }),
    ...(region === undefined ? {} : { region }),
    ...(account === undefined ? {} : { account }),
  };
}

function optionsText({ cluster, region, account }: ClusterOptions): string {
  return Object.entries({ cluster, region, account })
    .flatMap(([option, value]) => (value === undefined ? [] : [`--${option} ${shellQuote(value)}`]))
    .join(' ');
}

function readClusters(): readonly ClusterSettings[] {
  const text = readText();
  if (last?.text !== text) last = { text, clusters: readClusterSettings(contextOf(text)) };
  return last.clusters;
}

function readText(): string {
  if (!hasCdkJson()) {
    throw new Error(
      `no ${FILE} in ${process.cwd()}: run the command in the folder from which you deploy the stack`,
    );
  }
  return readFileSync(FILE, 'utf8');
}

function contextOf(text: string): Readonly<Record<string, unknown>> {
  const parsed = contextFile.safeParse(parse(text));
  if (parsed.success) return parsed.data.context ?? {};
  throw new Error(`${FILE} must be a JSON object, and so must its "context"`);
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    const message = errorMessageOf(cause);
    throw new Error(`${FILE} is not valid JSON: ${message}`, { cause });
  }
}
