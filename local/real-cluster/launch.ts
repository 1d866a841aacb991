import { assertComponents, type Component, commandOf } from './components.ts';
import type { ProcessGroup } from './process-group.ts';

/**
 * Starts a component with the given flags.
 *
 * @param name what its log is called; it is the component's own name when there is one of it
 * @throws when there is no binary of it
 */
export function launch(
  group: ProcessGroup,
  component: Component,
  args: Readonly<Record<string, string | number | boolean>>,
  name: string = component,
): void {
  assertComponents([component]);
  const command = commandOf(component) ?? [];
  const flags = Object.entries(args).map(([flag, value]) => `--${flag}=${value}`);
  group.launch(name, [...command, ...flags]);
}
