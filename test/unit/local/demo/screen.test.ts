import { PassThrough } from 'node:stream';
import { expect, it } from 'vitest';
import { createScreen } from '../../../../local/demo/screen.ts';

/** A screen in a pipe, and what was written to it. */
function aPipe() {
  const pipe = new PassThrough();
  return {
    screen: createScreen(pipe as unknown as NodeJS.WriteStream),
    written: () => String(pipe.read() ?? ''),
  };
}

it('a step in a pipe is its title, its lines and its end, in plain text', async () => {
  const { screen, written } = aPipe();
  const result = await screen.step('Count', async (say) => {
    say('one');
    return 1;
  });
  expect(result).toBe(1);
  expect(written()).toMatch(/^\.\.\. Count\n {6}one\nok {2}Count \(\d+\.\d s\)\n$/);
});

it('a step that fails is named, and its error goes on', async () => {
  const { screen, written } = aPipe();
  const failing = screen.step('Count', async () => {
    throw new Error('no numbers');
  });
  await expect(failing).rejects.toThrow('no numbers');
  expect(written()).toContain('FAILED Count');
});

it('a table has columns', () => {
  const { screen, written } = aPipe();
  screen.table(
    ['what', 'count'],
    [
      ['Secrets made', '3'],
      ['runs', '140'],
    ],
  );
  expect(written()).toBe('what          count\nSecrets made  3\nruns          140\n');
});
