import { z } from 'zod';

/** Documentation of a setting, for error messages and for the table in the README. */
interface SettingDoc {
  /** Completes "it must be …" in the error about an invalid value. */
  readonly expected: string;
  /** What the setting does, in Markdown. */
  readonly description: string;
  /** What applies when the setting is omitted, in Markdown; `required` if it cannot be omitted. */
  readonly whenOmitted: string;
  readonly isConfidential?: NestedDoc['isConfidential'];
}

/** Documentation of a key in a setting, for error messages. */
interface NestedDoc {
  /** Completes "it must be …" in the error about an invalid value. */
  readonly expected: string;
  /** Whether an error must not quote the value, because it may contain a credential by mistake. */
  readonly isConfidential?: ((value: unknown) => boolean) | undefined;
}

/** The documentation of each setting, registered next to its schema so that both change together. */
export const SETTING_DOCS = z.registry<SettingDoc>();

/** The documentation of keys in settings. A key without documentation has that of its setting. */
export const NESTED_DOCS = z.registry<NestedDoc>();

/** A problem with a combination of settings, each of which is valid on its own. */
export interface CombinationProblem {
  /** The setting to report the problem for. */
  readonly path: readonly (string | number)[];
  readonly message: string;
}

/** Formats the allowed values of a setting: `"a", "b"`. */
export function quoted(values: readonly string[]): string {
  return values.map((value) => `"${value}"`).join(', ');
}

/** Reports problems with combinations of settings as issues of a schema. */
export function addIssues(
  context: Pick<z.core.$RefinementCtx, 'addIssue'>,
  problems: readonly CombinationProblem[],
): void {
  for (const { path, message } of problems) {
    context.addIssue({ code: 'custom', path: [...path], message });
  }
}
