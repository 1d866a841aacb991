import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { SETTING_NAMES } from '../../../infra/settings/setting-mistakes.ts';
import { SETTING_DOCS } from '../../../infra/settings/setting-docs.ts';
import { clusterSettings } from '../../../infra/settings/cluster-settings.ts';
import { settingsTable } from '../../../infra/settings/settings-table.ts';

const README = join(import.meta.dirname, '../../../README.md');

describe('the texts of the settings', () => {
  it.each(Object.entries(clusterSettings.shape))('are there for %s', (_, schema) => {
    expect(SETTING_DOCS.get(schema)).toEqual({
      right: expect.stringMatching(/\S/),
      meaning: expect.stringMatching(/\.$/),
      whenAbsent: expect.stringMatching(/\S/),
    });
  });

  it('say "required" of those that are, and of no others', () => {
    const required = SETTING_NAMES.filter((name) => settingsTable().includes(`| \`${name}\` |`));
    expect(required).toEqual(SETTING_NAMES);
    for (const [name, schema] of Object.entries(clusterSettings.shape)) {
      const { whenAbsent } = SETTING_DOCS.get(schema) ?? {};
      expect([name, whenAbsent === 'required']).toEqual([
        name,
        !schema.safeParse(undefined).success,
      ]);
    }
  });
});

describe('the table of settings', () => {
  it('has rows that Markdown reads as three cells', () => {
    for (const row of settingsTable().split('\n')) expect(row.match(/\|/g)).toHaveLength(4);
  });

  it.runIf(existsSync(README))('stands in the README', () => {
    expect(readFileSync(README, 'utf8')).toContain(settingsTable());
  });
});
