/**
 * Base of the errors that end a pass. Each class says what can be done: wait for the next pass, or change a setting.
 * A problem with one role, pod or Secret is an outcome in the report, not an error. No message contains a credential;
 * `cause` keeps the original error.
 */
export abstract class RefresherError extends Error {
  abstract override readonly name: string;
}

/** An environment variable is missing or malformed. The message lists every mistake; a retry does not help. */
export class ConfigError extends RefresherError {
  override readonly name = 'ConfigError';
  constructor(mistakes: readonly string[]) {
    super(
      `${mistakes.length} mistake(s) in the environment:\n${mistakes.map((m) => `  - ${m}`).join('\n')}`,
    );
  }
}

/** Returns the message of what was thrown, which may be any value. */
export function errorMessageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
