import { constraintError, invalidParameter } from './sts-errors.ts';

/** The session tags of an AssumeRole request. */
export interface SessionTags {
  readonly tags: ReadonlyMap<string, string>;
  /** Keys of the tags that sessions assumed with this session inherit. */
  readonly transitiveKeys: readonly string[];
}

const MAX_TAGS = 50;
const MAX_LENGTH = { key: 128, value: 256 } as const;
const CHARACTERS = /^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$/u;
const PATTERN = String.raw`[\p{L}\p{Z}\p{N}_.:/=+\-@]`;

/** Reads the session tags. @throws ServiceError for tags that STS rejects (STS API reference, AssumeRole, `Tags`) */
export function readSessionTags(parameters: URLSearchParams): SessionTags {
  const pairs = readPairs(parameters);
  if (pairs.length > MAX_TAGS) {
    throw constraintError('tags', '[...]', `have length less than or equal to ${MAX_TAGS}`);
  }
  for (const [index, [key, value]] of pairs.entries()) {
    if (key === '')
      throw constraintError(`tags.${index + 1}.member.key`, key, 'have length 1 or more');
    checkText(`tags.${index + 1}.member.key`, key, MAX_LENGTH.key);
    checkText(`tags.${index + 1}.member.value`, value, MAX_LENGTH.value);
  }
  const keys = new Set(pairs.map(([key]) => key.toLowerCase()));
  if (keys.size < pairs.length) {
    throw invalidParameter(
      'Duplicate tag keys found. Please note that Tag keys are case insensitive.',
    );
  }
  const transitiveKeys = members(parameters, 'TransitiveTagKeys.member.', '');
  if (!transitiveKeys.every((key) => keys.has(key.toLowerCase()))) {
    throw invalidParameter(
      'The specified transitive tag key must be included in the requested tags.',
    );
  }
  return { tags: new Map(pairs), transitiveKeys };
}

/**
 * Checks that no tag overrides an inherited one.
 *
 * @throws ServiceError when one does (IAM user guide, "Chaining roles with session tags")
 */
export function checkInheritedTags(
  inherited: ReadonlyMap<string, string>,
  { tags }: SessionTags,
): void {
  const taken = new Set([...inherited.keys()].map((key) => key.toLowerCase()));
  if (![...tags.keys()].some((key) => taken.has(key.toLowerCase()))) return;
  throw invalidParameter(
    "One of the specified transitive tag keys can't be set because it conflicts with a transitive tag key from the calling session.",
  );
}

/** Returns the tags that sessions assumed with the new session inherit. */
export function tagsToInherit(
  inherited: ReadonlyMap<string, string>,
  { tags, transitiveKeys }: SessionTags,
): ReadonlyMap<string, string> {
  const isTransitive = new Set(transitiveKeys.map((key) => key.toLowerCase()));
  return new Map([
    ...inherited,
    ...[...tags].filter(([key]) => isTransitive.has(key.toLowerCase())),
  ]);
}

function readPairs(parameters: URLSearchParams): readonly (readonly [string, string])[] {
  const keys = members(parameters, 'Tags.member.', '.Key');
  return keys.map((key, index) => [key, parameters.get(`Tags.member.${index + 1}.Value`) ?? '']);
}

function members(parameters: URLSearchParams, prefix: string, suffix: string): readonly string[] {
  const values: string[] = [];
  for (let index = 1; ; index += 1) {
    const value = parameters.get(`${prefix}${index}${suffix}`);
    if (value === null) return values;
    values.push(value);
  }
}

function checkText(name: string, text: string, maxLength: number): void {
  if (text.length > maxLength) {
    throw constraintError(name, text, `have length less than or equal to ${maxLength}`);
  }
  if (!CHARACTERS.test(text)) {
    throw constraintError(name, text, `satisfy regular expression pattern: ${PATTERN}*`);
  }
}
