import { RefresherError } from '../contract/errors.ts';

/** The environment is not what the stack sets. Lists every mistake; a retry does not help. */
export class ConfigError extends RefresherError {
  override readonly name = 'ConfigError';
  constructor(mistakes: readonly string[]) {
    super(
      `${mistakes.length} mistake(s) in the environment:\n${mistakes.map((m) => `  - ${m}`).join('\n')}`,
    );
  }
}

/** The function was invoked with something that is none of its passes. A retry does not help. */
export class PassEventError extends RefresherError {
  override readonly name = 'PassEventError';
}
