import { z } from 'zod';
import { closestName } from '../../contract/closest-name.ts';
import { SETTING_DOCS } from './setting-docs.ts';
import { clusterSettings } from './cluster-settings.ts';
import { isEntry, type SettingsEntry, show } from './settings-entry.ts';

/** The names of all settings of a cluster. */
export const SETTING_NAMES: readonly string[] = Object.keys(clusterSettings.shape);

/** Says that there is no such setting, and which was probably meant. */
export function unknownSetting(path: string, value: unknown, known: readonly string[]): string {
  const name = path.split('..').at(-1) ?? path;
  const near = closestName(name, known);
  const remedy =
    near === undefined ? `; the settings are ${known.join(', ')}` : `; did you mean "${near}"?`;
  return `${path} is ${show(value)}; there is no setting "${name}"${remedy}`;
}

/**
 * Says what is wrong where, and what would be right: one text for each mistake.
 *
 * @param entry - the settings of the cluster, overrides included
 * @param index - the cluster's place in `clusters`
 * @param overrides - the settings that were given by themselves; a mistake there is not one of the list
 */
export function describeIssue(
  issue: z.core.$ZodIssue,
  entry: unknown,
  index: number,
  overrides: SettingsEntry,
): readonly string[] {
  const setting = issue.path[0];
  const isOverride = typeof setting === 'string' && setting in overrides;
  const path = z.core.toDotPath(isOverride ? issue.path : ['clusters', index, ...issue.path]);
  const value = issue.path.reduce<unknown>(
    (part, key) => (typeof part === 'object' && part !== null ? Reflect.get(part, key) : undefined),
    entry,
  );
  if (issue.code === 'unrecognized_keys') {
    const known = setting === undefined ? SETTING_NAMES : [];
    return issue.keys.map((key) =>
      known.length > 0
        ? unknownSetting(`${path}.${key}`, isEntry(value) ? value[key] : undefined, known)
        : `${path}.${key} is ${show(isEntry(value) ? value[key] : undefined)}; ${path} has no "${key}": it must be ${rightOf(setting)}`,
    );
  }
  const why = issue.code === 'custom' ? issue.message : `it must be ${rightOf(setting)}`;
  return [`${path} is ${show(value)}; ${why}`];
}

function rightOf(setting: PropertyKey | undefined): string {
  const schema = Object.entries(clusterSettings.shape).find(([name]) => name === setting)?.[1];
  const texts = schema && SETTING_DOCS.get(schema);
  return texts?.right ?? 'an object with clusterName, assumableRoles and other settings';
}
