import { writeFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { findCluster } from '../../../../bin/cluster/cdk-json.ts';
import { temporaryFolder } from '../../../support/temporary-folder.ts';

const here = process.cwd();
beforeEach(() => process.chdir(temporaryFolder()));
afterEach(() => process.chdir(here));

describe('a cluster of cdk.json', () => {
  it.each([
    ['{"context": null}', /clusters is .*must be a list/],
    ['{}', /clusters is .*must be a list/],
    ['null', /^cdk\.json has to be an object, and so has its "context"$/],
    ['{"context": []}', /^cdk\.json has to be an object, and so has its "context"$/],
    ['{', /^cdk\.json cannot be read as JSON: /],
  ])('cannot be had from %s', (text, message) => {
    writeFileSync('cdk.json', text);
    expect(() => findCluster(undefined)).toThrow(message);
  });
});
