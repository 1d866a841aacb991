import { badRequest, notImplemented } from '../errors/api-error.ts';

/** Whether labels match a label selector. */
type LabelMatcher = (labels: Readonly<Record<string, string>>) => boolean;

const KEY = '[A-Za-z0-9][A-Za-z0-9._/-]*';
const SET_BASED = /\s(in|notin)\s*\([^()]*\)/;
const EQUALITY = new RegExp(`^(${KEY})\\s*(=|==|!=)\\s*([A-Za-z0-9._-]*)$`);
const EXISTENCE = new RegExp(`^(!?)\\s*(${KEY})$`);

/**
 * Parses a label selector. An object without the label matches `!=`.
 *
 * @throws ApiError 400 for a malformed selector, 501 for a set-based one (`in`, `notin`)
 */
export function parseLabelSelector(text: string): LabelMatcher {
  if (SET_BASED.test(text)) throw notImplemented('set-based label selectors');
  if (text.trim() === '') return () => true;
  const requirements = text.split(',').map((part) => parseLabelRequirement(part.trim()));
  return (labels) => requirements.every((isMet) => isMet(labels));
}

function parseLabelRequirement(text: string): LabelMatcher {
  const [, key, sign, value] = EQUALITY.exec(text) ?? [];
  if (key !== undefined) return (labels) => (labels[key] === value) === (sign !== '!=');
  const [, not, existing] = EXISTENCE.exec(text) ?? [];
  if (existing !== undefined) return (labels) => (labels[existing] === undefined) === (not === '!');
  throw badRequest(`unable to parse requirement: ${text}`);
}

/** One term of a field selector. */
interface FieldRequirement {
  readonly field: string;
  readonly value: string;
  /** Whether the field must equal the value, or must differ from it. */
  readonly isEqual: boolean;
}

const FIELD_TERM = /^([^=!]+)(=|==|!=)([^=]*)$/;

/**
 * Parses a field selector: terms with `=`, `==` or `!=`, separated by commas.
 *
 * @throws ApiError 400 for a malformed selector
 */
export function parseFieldSelector(text: string): readonly FieldRequirement[] {
  const terms = text.split(',').filter((term) => term !== '');
  return terms.map((term) => {
    const [, field, sign, value] = FIELD_TERM.exec(term) ?? [];
    if (field === undefined || value === undefined)
      throw badRequest(`invalid selector: '${text}'; can't understand '${term}'`);
    return { field, value, isEqual: sign !== '!=' };
  });
}

/** The only name that a field selector matches, or `undefined`. Authorization checks it like the name in a path. */
export function nameInFieldSelector(text: string): string | undefined {
  return parseFieldSelector(text).find((t) => t.field === 'metadata.name' && t.isEqual)?.value;
}
