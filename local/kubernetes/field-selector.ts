import { badRequest } from './errors/api-error.ts';

/** One term of a field selector. */
export interface FieldRequirement {
  readonly field: string;
  readonly value: string;
  /** Whether the field shall have the value, or shall not. */
  readonly isEqual: boolean;
}

const TERM = /^([^=!]+)(=|==|!=)([^=]*)$/;

/**
 * Reads a field selector: terms with `=`, `==` or `!=`, joined by commas.
 *
 * @throws ApiError 400 when it cannot be read
 */
export function parseFieldSelector(text: string): readonly FieldRequirement[] {
  const terms = text.split(',').filter((term) => term !== '');
  return terms.map((term) => {
    const [, field, sign, value] = TERM.exec(term) ?? [];
    if (field === undefined || value === undefined)
      throw badRequest(`invalid selector: '${text}'; can't understand '${term}'`);
    return { field, value, isEqual: sign !== '!=' };
  });
}

/** The name that a field selector allows, when it allows one only: authorization looks at it. */
export function nameInFieldSelector(text: string): string | undefined {
  return parseFieldSelector(text).find((t) => t.field === 'metadata.name' && t.isEqual)?.value;
}
