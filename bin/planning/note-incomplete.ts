import type { Terminal } from '../../tools/terminal/terminal.ts';

/** Says what could not be read, so that nobody takes the rest for all there is. */
export function noteIncomplete(terminal: Terminal, incomplete: readonly string[]): void {
  for (const line of incomplete) {
    terminal.note({ style: 'red', text: `not all could be read: ${line}` });
  }
}
