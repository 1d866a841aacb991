import { writeFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { cdkProfile, cdkRegion } from '../../../../bin/cluster/cdk-environment.ts';
import { prepareRegionCase, REGION_CASES, type RegionCase } from '../../../support/region-cases.ts';
import { temporaryFolder } from '../../../support/temporary-folder.ts';

const here = process.cwd();
beforeEach(() => process.chdir(temporaryFolder()));
afterEach(() => process.chdir(here));

function prepare(regionCase: Omit<RegionCase, 'title' | 'expected'>): void {
  const variables = prepareRegionCase({ title: '', expected: '', ...regionCase }, process.cwd());
  for (const [name, value] of Object.entries(variables)) vi.stubEnv(name, value);
}

describe('cdkRegion', () => {
  // test/integration/cli/cdk-region.test.ts compares the cases with the CDK CLI.
  it.each(REGION_CASES)('returns the region of $title', async (regionCase) => {
    prepare(regionCase);
    expect(await cdkRegion()).toBe(regionCase.expected);
  });

  it.each(['', '{', 'null', '[]', '{"region": 1, "profile": null}'])(
    'ignores a cdk.json without usable options: %s',
    async (text) => {
      prepare({ variables: { AWS_REGION: 'eu-west-1' } });
      writeFileSync('cdk.json', text);
      expect(await cdkRegion()).toBe('eu-west-1');
    },
  );
});

describe('cdkProfile', () => {
  const keys = { AWS_ACCESS_KEY_ID: 'AKIA', AWS_SECRET_ACCESS_KEY: 'key' };

  it.each<[string, Omit<RegionCase, 'title' | 'expected'>, string | undefined]>([
    ['nothing', {}, undefined],
    ['AWS_PROFILE', { variables: { AWS_PROFILE: 'a', AWS_DEFAULT_PROFILE: 'b' } }, 'a'],
    ['AWS_DEFAULT_PROFILE', { variables: { AWS_DEFAULT_PROFILE: 'b' } }, 'b'],
    ['access keys', { variables: { ...keys, AWS_PROFILE: 'a' } }, undefined],
    ['cdk.json', { variables: { ...keys, AWS_PROFILE: 'a' }, cdkJson: { profile: 'c' } }, 'c'],
  ])('returns the profile for %s', (_, regionCase, expected) => {
    prepare(regionCase);
    expect(cdkProfile()).toBe(expected);
  });
});
