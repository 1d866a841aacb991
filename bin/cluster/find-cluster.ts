import { existsSync, readFileSync } from 'node:fs';
import * as z from 'zod';
import type { ClusterSettings } from '../../infra/settings/cluster-settings.ts';
import { readConfig } from '../../infra/settings/read-cluster-settings.ts';

const FILE = 'cdk.json';

/** What is read of the file. */
const contextFile = z.object({ context: z.record(z.string(), z.unknown()).nullish() });

/** Whether there are settings in the working directory. */
export function hasSettings(): boolean {
  return existsSync(FILE);
}

/**
 * The settings of a cluster, from `cdk.json` in the working directory.
 *
 * @param clusterName - needed where there are several
 * @throws {SettingsError} when the settings are not right
 */
export function findCluster(clusterName: string | undefined): ClusterSettings {
  const clusters = readConfig(readContext());
  const found = clusters.filter(
    (one) => clusterName === undefined || one.clusterName === clusterName,
  );
  const [settings] = found;
  if (settings !== undefined && found.length === 1) return settings;
  const names = clusters.map((one) => one.clusterName).join(', ');
  if (clusterName === undefined) {
    throw new Error(`${FILE} has several clusters; name one of ${names} with --cluster`);
  }
  throw new Error(
    found.length === 0
      ? `${FILE} has no cluster "${clusterName}"; it has ${names}`
      : `${FILE} has ${found.length} clusters "${clusterName}"; keep the one that is meant in a ${FILE} of its own`,
  );
}

function readContext(): Readonly<Record<string, unknown>> {
  if (!hasSettings()) {
    throw new Error(
      `there is no ${FILE} in ${process.cwd()}: run this in the folder from which the stack is deployed`,
    );
  }
  const parsed = contextFile.safeParse(readJson());
  if (parsed.success) return parsed.data.context ?? {};
  throw new Error(`${FILE} has to be an object, and so has its "context"`);
}

function readJson(): unknown {
  try {
    return JSON.parse(readFileSync(FILE, 'utf8'));
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new Error(`${FILE} cannot be read as JSON: ${why}`, { cause });
  }
}
