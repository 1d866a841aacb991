import { z } from 'zod';
import { closestName } from '../../contract/closest-name.ts';
import { clusterSettings } from './cluster-settings.ts';
import { appSettings } from './schema/app.ts';
import { SETTING_DOCS } from './setting-docs.ts';

/** The names of all settings of a cluster. */
export const SETTING_NAMES: readonly string[] = Object.keys(clusterSettings.shape);

/** Settings as the user wrote them, not yet validated. */
export type RawSettings = Readonly<Record<string, unknown>>;

/**
 * Describes a validation issue as the setting, its value and what it must be. Returns one text for each invalid setting.
 *
 * @param cluster - the settings of the cluster, overrides included
 * @param index - the index of the cluster in `clusters`
 * @param overrides - the settings that apply to every cluster; issues with them are not reported per cluster
 */
export function describeIssue(
  issue: z.core.$ZodIssue,
  cluster: unknown,
  index: number,
  overrides: RawSettings,
): readonly string[] {
  const setting = issue.path[0];
  const isOverride = typeof setting === 'string' && setting in overrides;
  const path = z.core.toDotPath(isOverride ? issue.path : ['clusters', index, ...issue.path]);
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => {
      const keyPath = `${path}.${key}`;
      if (setting !== undefined) {
        return `${keyPath} is not a setting; ${path} must be ${expectedValue(setting)}`;
      }
      return key in appSettings.shape
        ? `${keyPath} applies to all clusters; move it next to clusters`
        : describeUnknownSetting(keyPath, key, SETTING_NAMES);
    });
  }
  const value = issue.path.reduce<unknown>(
    (part, key) => (typeof part === 'object' && part !== null ? Reflect.get(part, key) : undefined),
    cluster,
  );
  const problem = issue.code === 'custom' ? issue.message : `it must be ${expectedValue(setting)}`;
  return [`${path} is ${formatValue(value)}; ${problem}`];
}

/** Describes an unknown setting and suggests a known one with a similar name. */
export function describeUnknownSetting(
  path: string,
  name: string,
  known: readonly string[],
): string {
  const suggestion = closestName(name, known);
  const remedy =
    suggestion === undefined
      ? `the settings are ${known.join(', ')}`
      : `did you mean "${suggestion}"?`;
  return `${path} is not a setting; ${remedy}`;
}

/** Formats a value as in `cdk.json`. No setting is secret. */
export function formatValue(value: unknown): string {
  return value === undefined ? 'missing' : JSON.stringify(value);
}

/** Parses a value of `-c`, which is text, as JSON if it is JSON. */
export function parseJson(value: unknown): unknown {
  if (typeof value !== 'string') return value;
  try {
    return JSON.parse(value);
  } catch {
    return value;
  }
}

function expectedValue(setting: PropertyKey | undefined): string {
  const schema = Object.entries(clusterSettings.shape).find(([name]) => name === setting)?.[1];
  const doc = schema && SETTING_DOCS.get(schema);
  return doc?.expected ?? 'an object with clusterName, assumableRoles and other settings';
}
