import { ConfigError } from './errors.ts';

/** Environment variables, such as `process.env`. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** Returns the value of a variable, or undefined when its text is malformed. */
export type ParseVariable<T> = (text: string) => T | undefined;

/** Reads variables one by one. */
export interface EnvironmentReader {
  /** @param expected - what the value must be, in words that follow "it must be" */
  required<T>(variable: string, expected: string, parse: ParseVariable<T>): T;
  /** Returns `fallback` when the variable is not set. */
  optional<T>(variable: string, fallback: T, expected: string, parse: ParseVariable<T>): T;
}

/**
 * Reads a configuration from environment variables. Every mistake is reported, not only the first one, with the
 * variable, its value and what is expected: do not use it for secrets.
 *
 * @example
 * const config = readEnvironment(process.env, ({ required }) => ({
 *   region: required('AWS_REGION', 'the AWS region', nonEmpty),
 * }));
 * @param read - builds the configuration; a value that it reads may be undefined after a mistake, so it must not use it
 * @throws {ConfigError} when a variable is missing or malformed
 */
export function readEnvironment<T>(
  environment: Environment,
  read: (reader: EnvironmentReader) => T,
): T {
  const mistakes: string[] = [];
  const required: EnvironmentReader['required'] = <V>(
    variable: string,
    expected: string,
    parse: ParseVariable<V>,
  ): V => {
    const text = environment[variable];
    const value = text === undefined ? undefined : parse(text);
    if (value === undefined) {
      const found = text === undefined ? 'missing' : JSON.stringify(text);
      mistakes.push(`${variable} is ${found}; it must be ${expected}`);
    }
    // Never used when it is undefined: the configuration is discarded.
    return value as V;
  };
  const config = read({
    required,
    optional: (variable, fallback, expected, parse) =>
      environment[variable] === undefined ? fallback : required(variable, expected, parse),
  });
  if (mistakes.length > 0) throw new ConfigError(mistakes);
  return config;
}

/** Accepts any text but the empty one. */
export function nonEmpty(text: string): string | undefined {
  return text === '' ? undefined : text;
}

/** Accepts a JSON array of non-empty strings. */
export function stringList(text: string): readonly string[] | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return Array.isArray(value) && value.every((item) => typeof item === 'string' && item !== '')
      ? value
      : undefined;
  } catch {
    return undefined;
  }
}

/** Accepts a whole number of at most six digits in a range, both ends included. */
export function wholeNumber({ min, max }: { min: number; max: number }): ParseVariable<number> {
  return (text) => {
    const value = /^\d{1,6}$/.test(text) ? Number(text) : Number.NaN;
    return value >= min && value <= max ? value : undefined;
  };
}

/** Accepts one of the given words. */
export function oneOf<const Word extends string>(words: readonly Word[]): ParseVariable<Word> {
  return (text) => words.find((word) => word === text);
}

/** Accepts texts that match a pattern. */
export function matching(pattern: RegExp): ParseVariable<string> {
  return (text) => (pattern.test(text) ? text : undefined);
}
