import { SETTING_DOCS } from './setting-docs.ts';
import { clusterSettings } from './cluster-settings.ts';

/** The table of all settings, as the README shows it: Markdown, one row for each, without an end of line after the last. */
export function settingsTable(): string {
  const rows = Object.entries(clusterSettings.shape).map(([name, schema]) => {
    const texts = SETTING_DOCS.get(schema);
    return `| \`${name}\` | ${texts?.meaning} | ${texts?.whenAbsent} |`;
  });
  return ['| setting | what it does | when left out |', '| --- | --- | --- |', ...rows].join('\n');
}
