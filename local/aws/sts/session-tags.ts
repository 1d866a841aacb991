import { constraint, invalidParameter } from './sts-errors.ts';

/** The tags of an AssumeRole request. */
export interface SessionTags {
  readonly tags: ReadonlyMap<string, string>;
  /** Those of the keys that sessions opened with this one inherit. */
  readonly transitiveKeys: readonly string[];
}

const MOST_TAGS = 50;
const LONGEST = { key: 128, value: 256 } as const;
const CHARACTERS = /^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$/u;
const PATTERN = String.raw`[\p{L}\p{Z}\p{N}_.:/=+\-@]`;

/** Reads tags and transitive keys. @throws StsRefusal for what STS does not take (STS API reference, AssumeRole, `Tags`) */
export function readSessionTags(parameters: URLSearchParams): SessionTags {
  const pairs = readPairs(parameters);
  if (pairs.length > MOST_TAGS) {
    throw constraint('tags', '[...]', `have length less than or equal to ${MOST_TAGS}`);
  }
  for (const [index, [key, value]] of pairs.entries()) {
    if (key === '') throw constraint(`tags.${index + 1}.member.key`, key, 'have length 1 or more');
    checkText(`tags.${index + 1}.member.key`, key, LONGEST.key);
    checkText(`tags.${index + 1}.member.value`, value, LONGEST.value);
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

/** @throws StsRefusal for a key that the calling session has for ever (user guide, "Chaining roles with session tags") */
export function checkInherited(
  inherited: ReadonlyMap<string, string>,
  { tags }: SessionTags,
): void {
  const taken = new Set([...inherited.keys()].map((key) => key.toLowerCase()));
  if (![...tags.keys()].some((key) => taken.has(key.toLowerCase()))) return;
  throw invalidParameter(
    "One of the specified transitive tag keys can't be set because it conflicts with a transitive tag key from the calling session.",
  );
}

/** What sessions that are opened with the new one inherit. */
export function inheritedFrom(
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

function checkText(name: string, text: string, longest: number): void {
  if (text.length > longest) {
    throw constraint(name, text, `have length less than or equal to ${longest}`);
  }
  if (!CHARACTERS.test(text)) {
    throw constraint(name, text, `satisfy regular expression pattern: ${PATTERN}*`);
  }
}
