import { formatValue, parseJson, type RawSettings } from './describe-issue.ts';
import { SettingsError } from './read-cluster-settings.ts';
import { type AppSettings, appSettings } from './schema/app.ts';
import { SETTING_DOCS } from './setting-docs.ts';

/**
 * Reads the settings of the app from the CDK context, where they are next to `clusters`. A value of `-c` is JSON.
 *
 * @param context - all context of `cdk.json` and `-c`, including CDK's own keys
 * @throws {SettingsError} if a setting is invalid
 */
export function readAppSettings(context: RawSettings): AppSettings {
  const names = Object.keys(appSettings.shape);
  const raw = Object.fromEntries(names.map((name) => [name, parseJson(context[name])]));
  const { success, data, error } = appSettings.safeParse(raw);
  if (success) return data;
  const invalid = Object.entries(appSettings.shape).filter(([name]) =>
    error.issues.some(({ path }) => path[0] === name),
  );
  throw new SettingsError(
    invalid.map(([name, schema]) => {
      const expected = SETTING_DOCS.get(schema)?.expected;
      return `${name} is ${formatValue(raw[name])}; it must be ${expected}`;
    }),
  );
}
