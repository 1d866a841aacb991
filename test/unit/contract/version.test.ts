import { expect, it } from 'vitest';
import { VERSION } from '../../../contract/version.ts';
import packageJson from '../../../package.json' with { type: 'json' };

it('VERSION is the version of the package', () => {
  expect(VERSION).toBe(packageJson.version);
});
