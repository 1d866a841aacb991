import { existsSync } from 'node:fs';
import { expect, it } from 'vitest';
import type { TestSpecification } from 'vitest/node';
import { LONGEST, LongestFirst } from './longest-first.ts';

const file = (project: string, moduleId: string) =>
  ({ moduleId, project: { name: project, config: { sequence: {} } } }) as TestSpecification;

const sequencer = new LongestFirst({
  cache: { getTestSpecificationResult: () => undefined },
} as unknown as ConstructorParameters<typeof LongestFirst>[0]);

it('starts the longest files first, and those of npm test after the kinds that take minutes', async () => {
  const [longest = '', second = ''] = LONGEST;
  const files = [
    file('control-plane', `/checkout/${longest}`),
    file('default', '/checkout/test/unit/short.test.ts'),
    file('default', `/checkout/${second}`),
    file('template', '/checkout/test/infra/slow.test.ts'),
  ];
  const sorted = await sequencer.sort(files);
  expect(sorted).toEqual([files[0], files[2], files[3], files[1]]);
});

it.each(LONGEST)('names a file that exists: %s', (path) => {
  expect(existsSync(path)).toBe(true);
});
