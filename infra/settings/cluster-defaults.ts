import { z } from 'zod';
import { isRecord } from '../../contract/is-record.ts';
import { clusterSettings } from './cluster-settings.ts';
import {
  describeIssue,
  describeUnknownSetting,
  formatValue,
  parseJson,
  type RawSettings,
} from './describe-issue.ts';
import { appSettings } from './schema/app.ts';

/** Key of the CDK context with the settings that apply to every cluster whose entry does not set them. */
export const DEFAULTS = 'defaults';

/** Settings that can be a default: all but the name, which is that of one cluster. */
const { clusterName: _, ...SHAPE } = clusterSettings.shape;
const NAMES = Object.keys(SHAPE);

/** The settings in `defaults` that exist, and what is wrong with them. */
interface Defaults {
  readonly settings: RawSettings;
  readonly problems: readonly string[];
}

/**
 * Reads `defaults` from the CDK context. A value that is invalid on its own is a problem even if every entry sets another,
 * and is reported here, once.
 */
export function readDefaults(context: RawSettings): Defaults {
  const raw = parseJson(context[DEFAULTS]);
  if (raw === undefined) return { settings: {}, problems: [] };
  if (!isRecord(raw)) {
    const problem = `${DEFAULTS} is ${formatValue(raw)}; it must be an object with settings of clusters, such as {"logRetentionDays": 90}`;
    return { settings: {}, problems: [problem] };
  }
  const known = Object.entries(raw).filter(([name]) => NAMES.includes(name));
  const unknown = Object.keys(raw).filter((name) => !NAMES.includes(name));
  return {
    settings: Object.fromEntries(known),
    problems: [...unknown.map(describeUnknown), ...known.flatMap(problemsWith)],
  };
}

function describeUnknown(name: string): string {
  const path = `${DEFAULTS}.${name}`;
  if (name === 'clusterName') return `${path} names one cluster; move it to an entry of clusters`;
  if (name in appSettings.shape) {
    return `${path} applies to all clusters; move it next to clusters`;
  }
  return describeUnknownSetting(path, name, NAMES);
}

function problemsWith([name, value]: readonly [string, unknown]): readonly string[] {
  const { error } = z
    .object(SHAPE)
    .partial()
    .safeParse({ [name]: value });
  const pathOf = (path: readonly PropertyKey[]) => z.core.toDotPath([DEFAULTS, ...path]);
  return (error?.issues ?? []).flatMap((issue) => describeIssue(issue, { [name]: value }, pathOf));
}

/**
 * Returns the settings of an entry with the defaults that it does not set. Setting by setting: an object of the entry replaces
 * that of the defaults. With `null`, the entry has neither.
 */
export function withDefaults(entry: RawSettings, defaults: RawSettings): RawSettings {
  const isOmitted = (name: string) => entry[name] === null && name in defaults;
  return Object.fromEntries(
    Object.entries({ ...defaults, ...entry }).filter(([name]) => !isOmitted(name)),
  );
}
