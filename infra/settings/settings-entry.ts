/** The settings of one cluster as they were written, right or wrong. */
export type SettingsEntry = Readonly<Record<string, unknown>>;

/** True for an object that can hold settings. */
export function isEntry(value: unknown): value is SettingsEntry {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The value as it would be written in `cdk.json`; no setting is secret. */
export function show(value: unknown): string {
  return value === undefined ? 'missing' : JSON.stringify(value);
}
