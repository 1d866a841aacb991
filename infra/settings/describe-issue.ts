import { z } from 'zod';
import { closestName } from '../../contract/closest-name.ts';
import { clusterSettings } from './cluster-settings.ts';
import { appSettings } from './schema/app.ts';
import { NESTED_DOCS, SETTING_DOCS } from './setting-docs.ts';

/** The names of all settings of a cluster. */
export const SETTING_NAMES: readonly string[] = Object.keys(clusterSettings.shape);

/** Settings as the user wrote them, not yet validated. */
export type RawSettings = Readonly<Record<string, unknown>>;

/**
 * Describes a validation issue as the setting, its value and what it must be. Returns one text for each invalid setting.
 *
 * @param settings - what was validated
 * @param pathOf - returns where the user wrote a setting, for its path in `settings`
 */
export function describeIssue(
  issue: z.core.$ZodIssue,
  settings: unknown,
  pathOf: (path: readonly PropertyKey[]) => string,
): readonly string[] {
  const setting = issue.path[0];
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => {
      const keyPath = pathOf([...issue.path, key]);
      if (setting !== undefined) {
        return `${keyPath} is not a setting; ${pathOf(issue.path)} must be ${expectedValue(issue.path)}`;
      }
      return key in appSettings.shape
        ? `${keyPath} applies to all clusters; move it next to clusters`
        : describeUnknownSetting(keyPath, key, SETTING_NAMES);
    });
  }
  const value = issue.path.reduce<unknown>(
    (part, key) => (typeof part === 'object' && part !== null ? Reflect.get(part, key) : undefined),
    settings,
  );
  const problem =
    issue.code === 'custom' ? issue.message : `it must be ${expectedValue(issue.path)}`;
  const isConfidential = docsOf(issue.path).at(-1)?.isConfidential?.(value) ?? false;
  const found =
    value !== undefined && isConfidential ? 'invalid (value withheld)' : formatValue(value);
  return [`${pathOf(issue.path)} is ${found}; ${problem}`];
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

/** Formats a value as in `cdk.json`. */
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

function expectedValue(path: readonly PropertyKey[]): string {
  const doc = docsOf(path).at(-1);
  return doc?.expected ?? 'an object with clusterName, assumableRoles and other settings';
}

/** Returns the documentation of a setting and of the keys on a path in it; the last one is the most specific. */
function docsOf(path: readonly PropertyKey[]) {
  let schema: z.core.$ZodType | undefined = clusterSettings;
  return path.flatMap((key) => {
    const object = schema && unwrapped(schema).at(-1);
    schema = object instanceof z.ZodObject ? object.shape[String(key)] : undefined;
    const layers = schema === undefined ? [] : unwrapped(schema);
    return layers.flatMap((layer) => SETTING_DOCS.get(layer) ?? NESTED_DOCS.get(layer) ?? []);
  });
}

/** Returns a schema, and those in it that are optional or have a default there. */
function unwrapped(schema: z.core.$ZodType): readonly z.core.$ZodType[] {
  const isWrapper =
    schema instanceof z.ZodOptional ||
    schema instanceof z.ZodDefault ||
    schema instanceof z.ZodPrefault;
  return isWrapper ? [schema, ...unwrapped(schema.unwrap())] : [schema];
}
