import { CommanderError } from 'commander';
import { expect, it } from 'vitest';
import { exitCodeOf } from '../../../bin/exit-code.ts';

function told(error: unknown) {
  const lines: string[] = [];
  return { code: exitCodeOf(error, (line) => lines.push(line)), lines };
}

it.each([
  ['help that was asked for', new CommanderError(0, 'commander.helpDisplayed', 'help'), 0],
  ['a word that is not known', new CommanderError(1, 'commander.unknownCommand', 'error'), 2],
])('%s is told by commander', (_, error, code) => {
  expect(told(error)).toEqual({ code, lines: [] });
});

it('an error is told line by line, with nothing in it that a terminal would obey', () => {
  expect(told(new Error('2 mistakes:\n  - a\u001b[2J\n  - b'))).toEqual({
    code: 1,
    lines: ['error: 2 mistakes:', '  - a[2J', '  - b'],
  });
  expect(told('nothing')).toEqual({ code: 1, lines: ['error: nothing'] });
});
