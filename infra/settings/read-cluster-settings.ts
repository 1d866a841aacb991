import { clusterClashes } from './cluster-clashes.ts';
import { describeIssue, SETTING_NAMES, unknownSetting } from './setting-mistakes.ts';
import { type ClusterSettings, clusterSettings } from './cluster-settings.ts';
import { isEntry, type SettingsEntry, show } from './settings-entry.ts';

/** The settings are not right; nothing was synthesized. Lists every mistake. */
export class SettingsError extends Error {
  override readonly name = 'SettingsError';
  readonly problems: readonly string[];
  constructor(mistakes: readonly string[]) {
    super(
      `${mistakes.length} mistake(s) in the settings (context of cdk.json, or -c):\n${mistakes.map((m) => `  - ${m}`).join('\n')}`,
    );
    this.problems = mistakes;
  }
}

type Context = Readonly<Record<string, unknown>>;

/**
 * Reads the clusters from the CDK context: `clusters` is a list of objects, or that list as JSON from `-c clusters=…`;
 * a setting given by itself (`-c logRetentionDays=90`) holds for every cluster. No AWS account is asked anything.
 *
 * @param context - everything that `cdk.json` and `-c` say, CDK's own keys included
 * @throws {SettingsError} when anything is missing, malformed or unknown
 */
export function readConfig(context: Context): readonly ClusterSettings[] {
  const overrides = readOverrides(context);
  const mistakes = new Set(unknownContextKeys(context));
  const parsed = fromText(context['clusters']);
  if (!Array.isArray(parsed) || parsed.length === 0) {
    mistakes.add(
      `clusters is ${show(context['clusters'])}; it must be a list of at least one cluster, ` +
        'such as [{"clusterName": "production", "assumableRoles": ["app-*"]}]',
    );
    throw new SettingsError([...mistakes]);
  }
  const entries = parsed.map((entry) => (isEntry(entry) ? { ...entry, ...overrides } : entry));
  const results = entries.map((entry) => clusterSettings.safeParse(entry));
  results.forEach((result, index) => {
    for (const issue of result.error?.issues ?? []) {
      for (const mistake of describeIssue(issue, entries[index], index, overrides)) {
        mistakes.add(mistake);
      }
    }
  });
  for (const mistake of clusterClashes(entries)) mistakes.add(mistake);
  if (mistakes.size > 0) throw new SettingsError([...mistakes]);
  return results.flatMap((result) => (result.success ? [result.data] : []));
}

/** Settings given by themselves. `-c` brings text: what the setting does not take as text is read as JSON. */
function readOverrides(context: Context): SettingsEntry {
  const overrides = Object.entries(clusterSettings.shape)
    .filter(([name]) => context[name] !== undefined)
    .map(([name, schema]) => {
      const value = context[name];
      return [name, schema.safeParse(value).success ? value : fromText(value)];
    });
  return Object.fromEntries(overrides);
}

/** CDK's own keys have a `:`, `/`, `@` or `-` in them; ours are plain words. */
function unknownContextKeys(context: Context): readonly string[] {
  const known = ['clusters', ...SETTING_NAMES];
  return Object.keys(context)
    .filter((key) => /^[A-Za-z0-9_]+$/.test(key) && !known.includes(key))
    .map((key) => unknownSetting(key, context[key], known));
}

function fromText(value: unknown): unknown {
  if (typeof value !== 'string') return value;
  try {
    return JSON.parse(value);
  } catch {
    return value;
  }
}
