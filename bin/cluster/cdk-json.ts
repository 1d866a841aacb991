import { existsSync, readFileSync } from 'node:fs';
import * as z from 'zod';
import { errorMessageOf } from '../../contract/errors.ts';
import type { ClusterSettings } from '../../infra/settings/cluster-settings.ts';
import { readClusterSettings } from '../../infra/settings/read-cluster-settings.ts';

const FILE = 'cdk.json';

const contextFile = z.object({ context: z.record(z.string(), z.unknown()).nullish() });

/** Whether the working directory contains a `cdk.json`. */
export function hasCdkJson(): boolean {
  return existsSync(FILE);
}

/**
 * Reads the settings of a cluster from `cdk.json` in the working directory.
 *
 * @param clusterName - required if the file has several clusters
 * @throws {SettingsError} when the settings are invalid
 */
export function readCdkJson(clusterName: string | undefined): ClusterSettings {
  const clusters = readClusterSettings(readContext());
  const found = clusters.filter(
    (cluster) => clusterName === undefined || cluster.clusterName === clusterName,
  );
  const [settings] = found;
  if (settings !== undefined && found.length === 1) return settings;
  const names = clusters.map((cluster) => cluster.clusterName).join(', ');
  if (clusterName === undefined) {
    throw new Error(`${FILE} has several clusters (${names}): choose one with --cluster`);
  }
  throw new Error(
    found.length === 0
      ? `${FILE} has no cluster "${clusterName}"; it has ${names}`
      : `${FILE} has ${found.length} clusters named "${clusterName}": run the command with a ${FILE} that has only one of them`,
  );
}

function readContext(): Readonly<Record<string, unknown>> {
  if (!hasCdkJson()) {
    throw new Error(
      `no ${FILE} in ${process.cwd()}: run the command in the folder from which you deploy the stack`,
    );
  }
  const parsed = contextFile.safeParse(readJson());
  if (parsed.success) return parsed.data.context ?? {};
  throw new Error(`${FILE} must be a JSON object, and so must its "context"`);
}

function readJson(): unknown {
  try {
    return JSON.parse(readFileSync(FILE, 'utf8'));
  } catch (cause) {
    const message = errorMessageOf(cause);
    throw new Error(`${FILE} is not valid JSON: ${message}`, { cause });
  }
}
