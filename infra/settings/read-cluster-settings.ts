import { isRecord } from '../../contract/is-record.ts';
import { clusterSlug } from '../names.ts';
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

/** The settings in the CDK context are invalid. The message lists every problem; nothing was synthesized. */
export class SettingsError extends Error {
  override readonly name = 'SettingsError';
  readonly problems: readonly string[];
  constructor(problems: readonly string[]) {
    super(
      `Invalid settings in the CDK context (cdk.json or -c), ${problems.length} problem(s):\n${problems.map((problem) => `  - ${problem}`).join('\n')}`,
    );
    this.problems = problems;
  }
}

/**
 * Reads the settings of all clusters from the CDK context: `clusters` is a list of objects, or such a list as JSON in
 * `-c clusters=…`. A setting next to it (`-c logRetentionDays=90`) applies to every cluster. Makes no AWS calls.
 *
 * @param context - all context of `cdk.json` and `-c`, including CDK's own keys
 * @throws {SettingsError} if a setting is missing, invalid or unknown
 */
export function readClusterSettings(context: RawSettings): readonly ClusterSettings[] {
  const overrides = readOverrides(context);
  const problems = new Set(unknownContextKeys(context));
  const list = parseJson(context['clusters']);
  if (!Array.isArray(list) || list.length === 0) {
    problems.add(
      `clusters is ${formatValue(context['clusters'])}; it must be a list of at least one cluster, ` +
        'such as [{"clusterName": "production", "assumableRoles": ["app-*"]}]',
    );
    throw new SettingsError([...problems]);
  }
  const clusters = list.map((cluster) =>
    isRecord(cluster) ? { ...cluster, ...overrides } : cluster,
  );
  const results = clusters.map((cluster) => clusterSettings.safeParse(cluster));
  results.forEach((result, index) => {
    for (const issue of result.error?.issues ?? []) {
      for (const problem of describeIssue(issue, clusters[index], index, overrides)) {
        problems.add(problem);
      }
    }
  });
  for (const problem of duplicateClusters(clusters)) problems.add(problem);
  if (problems.size > 0) throw new SettingsError([...problems]);
  return results.flatMap((result) => (result.success ? [result.data] : []));
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
  const known = ['clusters', ...Object.keys(appSettings.shape), ...SETTING_NAMES];
  return Object.keys(context)
    .filter((key) => /^[A-Za-z0-9_]+$/.test(key) && !known.includes(key))
    .map((key) => describeUnknownSetting(key, key, known));
}

/** Describes clusters whose resources would have the same names. An omitted account or Region can be any. */
function duplicateClusters(clusters: readonly unknown[]): readonly string[] {
  return clusters.flatMap((cluster, index) => {
    const first = clusters.slice(0, index).findIndex((other) => haveSameNames(cluster, other));
    if (first < 0 || !isRecord(cluster)) return [];
    return [
      `clusters[${index}].clusterName is ${formatValue(cluster['clusterName'])}; clusters[${first}] has the same name, ignoring case, ` +
        'and may be in the same account and Region: remove one of them, or set account and region of both',
    ];
  });
}

function haveSameNames(a: unknown, b: unknown): boolean {
  if (!isRecord(a) || !isRecord(b)) return false;
  const canBeSame = (key: string) =>
    a[key] === undefined || b[key] === undefined || a[key] === b[key];
  return (
    haveSameSlug(a['clusterName'], b['clusterName']) && canBeSame('account') && canBeSame('region')
  );
}

function haveSameSlug(a: unknown, b: unknown): boolean {
  return typeof a === 'string' && typeof b === 'string' && clusterSlug(a) === clusterSlug(b);
}
