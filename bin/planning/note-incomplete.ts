import type { Screen } from '../terminal/screen.ts';

/** Says what could not be read, so that nobody takes the rest for all there is. */
export function noteIncomplete(screen: Screen, incomplete: readonly string[]): void {
  for (const line of incomplete) {
    screen.note({ style: 'red', text: `not all could be read: ${line}` });
  }
}
