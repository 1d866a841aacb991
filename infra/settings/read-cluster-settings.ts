import { z } from 'zod';
import { isRecord } from '../../contract/is-record.ts';
import { clusterSlug } from '../names.ts';
import { DEFAULTS, readDefaults, withDefaults } from './cluster-defaults.ts';
import { type ClusterSettings, clusterSettings } from './cluster-settings.ts';
import {
  describeIssue,
  describeUnknownSetting,
  formatValue,
  parseJson,
  type RawSettings,
  SETTING_NAMES,
} from './describe-issue.ts';
import { appSettings } from './schema/app.ts';

/** Maximum number of problems that the message lists. */
const MAX_LISTED = 20;

/** The settings in the CDK context are invalid. The message lists the first problems; nothing was synthesized. */
export class SettingsError extends Error {
  override readonly name = 'SettingsError';
  /** All problems. */
  readonly problems: readonly string[];
  constructor(problems: readonly string[]) {
    const omitted = problems.length - MAX_LISTED;
    const lines = [
      `Invalid settings in the CDK context (cdk.json or -c), ${problems.length} problem(s):`,
      ...problems.slice(0, MAX_LISTED).map((problem) => `  - ${problem}`),
      ...(omitted > 0 ? [`  and ${omitted} more; fix these first`] : []),
    ];
    super(lines.join('\n'));
    this.problems = problems;
  }
}

/**
 * Reads the settings of all clusters from the CDK context: `clusters` is a list of objects, or such a list as JSON in
 * `-c clusters=…`. `defaults` has settings of clusters whose entry does not set them. A setting next to both
 * (`-c logRetentionDays=90`) applies to every cluster. Makes no AWS calls.
 *
 * @param context - all context of `cdk.json` and `-c`, including CDK's own keys
 * @throws {SettingsError} if a setting is missing, invalid or unknown
 */
export function readClusterSettings(context: RawSettings): readonly ClusterSettings[] {
  const overrides = readOverrides(context);
  const defaults = readDefaults(context);
  const problems = new Set([...unknownContextKeys(context), ...defaults.problems]);
  const list = parseJson(context['clusters']);
  if (!Array.isArray(list) || list.length === 0) {
    problems.add(
      `clusters is ${formatValue(context['clusters'])}; it must be a list of at least one cluster, ` +
        'such as [{"clusterName": "production", "assumableRoles": ["app-*"]}]',
    );
    throw new SettingsError([...problems]);
  }
  const clusters = list.map((entry) =>
    isRecord(entry) ? { ...withDefaults(entry, defaults.settings), ...overrides } : entry,
  );
  const results = clusters.map((cluster) => clusterSettings.safeParse(cluster));
  results.forEach((result, index) => {
    const entry: unknown = list[index];
    const pathOf = (path: readonly PropertyKey[]) => {
      const setting = path[0];
      if (typeof setting === 'string' && setting in overrides) return z.core.toDotPath([...path]);
      const isDefault =
        typeof setting === 'string' && setting in defaults.settings && !(setting in Object(entry));
      if (isDefault) return z.core.toDotPath([DEFAULTS, ...path]);
      const where = z.core.toDotPath(['clusters', index, ...path]);
      return list.length === 1 ? where : `${where}${nameOf(entry)}`;
    };
    for (const issue of result.error?.issues ?? []) {
      for (const problem of describeIssue(issue, clusters[index], pathOf)) problems.add(problem);
    }
  });
  for (const problem of duplicateClusters(clusters)) problems.add(problem);
  if (problems.size > 0) throw new SettingsError([...problems]);
  return results.flatMap((result) => (result.success ? [result.data] : []));
}

/** The name of a cluster after the path of one of its settings: nobody counts 200 entries. */
function nameOf(entry: unknown): string {
  const name = isRecord(entry) ? entry['clusterName'] : undefined;
  return typeof name === 'string' && name !== '' ? ` of ${formatValue(name)}` : '';
}

/** Settings next to `clusters`. The value of `-c` is text; it is parsed as JSON unless it is valid as it is. */
function readOverrides(context: RawSettings): RawSettings {
  const overrides = Object.entries(clusterSettings.shape)
    .filter(([name]) => context[name] !== undefined)
    .map(([name, schema]) => {
      const value = context[name];
      return [name, schema.safeParse(value).success ? value : parseJson(value)];
    });
  return Object.fromEntries(overrides);
}

/** CDK's own context keys contain `:`, `/`, `@` or `-`; ours are plain words. */
function unknownContextKeys(context: RawSettings): readonly string[] {
  const known = ['clusters', DEFAULTS, ...Object.keys(appSettings.shape), ...SETTING_NAMES];
  return Object.keys(context)
    .filter((key) => /^[A-Za-z0-9_]+$/.test(key) && !known.includes(key))
    .map((key) => describeUnknownSetting(key, key, known));
}

/** Describes clusters whose resources would have the same names. An omitted account or Region can be any. */
function duplicateClusters(clusters: readonly unknown[]): readonly string[] {
  const indexed = clusters.flatMap((cluster, index) => {
    const name = isRecord(cluster) ? cluster['clusterName'] : undefined;
    return isRecord(cluster) && typeof name === 'string' ? [{ cluster, name, index }] : [];
  });
  const bySlug = Map.groupBy(indexed, ({ name }) => clusterSlug(name));
  return [...bySlug.values()].flatMap((sameName) =>
    sameName.flatMap(({ cluster, name, index }, position) => {
      const first = sameName
        .slice(0, position)
        .find((other) => canBeInSamePlace(cluster, other.cluster));
      if (first === undefined) return [];
      return [
        `clusters[${index}].clusterName is ${formatValue(name)}; clusters[${first.index}] has the same name, ignoring case, ` +
          'and may be in the same account and Region: remove one of them, or set account and region of both',
      ];
    }),
  );
}

function canBeInSamePlace(a: RawSettings, b: RawSettings): boolean {
  return ['account', 'region'].every(
    (key) => a[key] === undefined || b[key] === undefined || a[key] === b[key],
  );
}
