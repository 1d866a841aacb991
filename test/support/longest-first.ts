import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** The files that take longer than 40 s in a run of all kinds, the longest first. */
export const LONGEST: readonly string[] = [
  'test/integration/tenant-floods/tenant-floods.test.ts',
  'test/outside/lambda-runtime.test.ts',
  'test/integration/template/template-mistakes.test.ts',
  'test/integration/alarms/alarms.test.ts',
  'test/outside/ministack.test.ts',
  'test/faults/faults.test.ts',
  'test/e2e/real-readers.test.ts',
  'test/integration/cli/renew-and-pause.test.ts',
  'test/integration/refresher.test.ts',
  'test/outside/scanners.test.ts',
  'test/integration/chart/chart-injection.test.ts',
  'test/e2e/demo-real-cluster.test.ts',
  'test/simulation/broken-builds.test.ts',
  'test/integration/chart/chart-field-managers.test.ts',
];

/**
 * Starts the longest files first, then the kinds that take minutes, and `default` at the end, so that no worker is left with a long
 * file when the others are done. vitest itself would start the projects by name, and their largest files first.
 */
export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    return sorted.toSorted((one, other) => rankOf(one) - rankOf(other));
  }
}

function rankOf({ moduleId, project }: TestSpecification): number {
  const index = LONGEST.findIndex((file) => moduleId.endsWith(`/${file}`));
  if (index !== -1) return index;
  return project.name === 'default' ? LONGEST.length + 1 : LONGEST.length;
}
