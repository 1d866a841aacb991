import { CommanderError } from 'commander';
import { expect, it } from 'vitest';
import { reportError } from '../../../bin/exit-code.ts';

function report(error: unknown) {
  const lines: string[] = [];
  return { code: reportError(error, (line) => lines.push(line)), lines };
}

it.each([
  ['--help', new CommanderError(0, 'commander.helpDisplayed', 'help'), 0],
  ['an unknown command', new CommanderError(1, 'commander.unknownCommand', 'error'), 2],
])('%s is printed by commander', (_, error, code) => {
  expect(report(error)).toEqual({ code, lines: [] });
});

it('an error is printed line by line, without control characters', () => {
  expect(report(new Error('2 mistakes:\n  - a\u001b[2J\n  - b'))).toEqual({
    code: 1,
    lines: ['error: 2 mistakes:', '  - a[2J', '  - b'],
  });
  expect(report('no cause')).toEqual({ code: 1, lines: ['error: no cause'] });
});
