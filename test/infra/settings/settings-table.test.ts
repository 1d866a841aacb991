import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { clusterSettings } from '../../../infra/settings/cluster-settings.ts';
import { SETTING_DOCS } from '../../../infra/settings/setting-docs.ts';

const README = join(import.meta.dirname, '../../../README.md');
const HEADER = ['| setting | what it does | when omitted |', '| --- | --- | --- |'];
const SETTINGS = Object.entries(clusterSettings.shape);

/** The table of all settings, with the cells of the README. */
function settingsTable(): string {
  const rows = SETTINGS.map(([name, schema]) => {
    const doc = SETTING_DOCS.get(schema);
    return `| \`${name}\` | ${doc?.description} | ${doc?.whenOmitted} |`;
  });
  return [...HEADER, ...rows].join('\n');
}

describe('the documentation of settings', () => {
  it.each(SETTINGS)('exists for %s', (_, schema) => {
    expect(SETTING_DOCS.get(schema)).toMatchObject({
      expected: expect.stringMatching(/\S/),
      description: expect.stringMatching(/[^.]\.$/),
      whenOmitted: expect.stringMatching(/\S/),
    });
  });

  it.each(SETTINGS)('marks %s as required if it cannot be omitted, and only then', (_, schema) => {
    const isRequired = !schema.safeParse(undefined).success;
    expect(SETTING_DOCS.get(schema)?.whenOmitted === 'required').toBe(isRequired);
  });
});

describe('the table of settings', () => {
  it('has rows that Markdown reads as three cells', () => {
    for (const row of settingsTable().split('\n')) expect(row.match(/\|/g)).toHaveLength(4);
  });

  it.runIf(existsSync(README))('is the one in the README', () => {
    const lines = readFileSync(README, 'utf8').split('\n');
    const start = lines.findIndex((line) => line.startsWith('| setting |'));
    const table = lines.slice(start, start + HEADER.length + SETTINGS.length).join('\n');
    expect(table).toBe(settingsTable());
  });
});
