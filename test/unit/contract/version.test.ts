import { expect, it } from 'vitest';
import { VERSION } from '../../../contract/version.ts';
import packageJson from '../../../package.json' with { type: 'json' };

it('the version that the cluster is told is that of the package', () => {
  expect(VERSION).toBe(packageJson.version);
});
