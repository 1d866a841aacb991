import { writeFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readCdkJson } from '../../../../bin/cluster/cdk-json.ts';
import { temporaryFolder } from '../../../support/temporary-folder.ts';

const here = process.cwd();
beforeEach(() => process.chdir(temporaryFolder()));
afterEach(() => process.chdir(here));

describe('the settings in cdk.json', () => {
  it.each([
    ['{"context": null}', /clusters is .*must be a list/],
    ['{}', /clusters is .*must be a list/],
    ['null', /^cdk\.json must be a JSON object, and so must its "context"$/],
    ['{"context": []}', /^cdk\.json must be a JSON object, and so must its "context"$/],
    ['{', /^cdk\.json is not valid JSON: /],
  ])('cannot be read from %s', (text, message) => {
    writeFileSync('cdk.json', text);
    expect(() => readCdkJson(undefined)).toThrow(message);
  });
});
