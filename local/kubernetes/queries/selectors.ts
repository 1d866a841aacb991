import { badRequest } from '../errors/api-error.ts';

/** Whether labels, or fields, are the ones that were asked for. */
export type Selector = (values: Readonly<Record<string, string | undefined>>) => boolean;

/** A comma that does not stand between parentheses. */
const BETWEEN_REQUIREMENTS = /,(?![^(]*\))/;
const KEY = '[A-Za-z0-9][A-Za-z0-9._/-]*';
const SET = new RegExp(`^(${KEY})\\s+(in|notin)\\s*\\(([^()]*)\\)$`);
const EQUALITY = new RegExp(`^(${KEY})\\s*(=|==|!=)\\s*([A-Za-z0-9._-]*)$`);
const EXISTENCE = new RegExp(`^(!?)\\s*(${KEY})$`);

/**
 * Reads a label selector, equality-based or set-based. An object without the label satisfies `!=` and `notin`.
 *
 * @throws ApiError 400 when it cannot be read
 */
export function parseLabelSelector(text: string): Selector {
  if (text.trim() === '') return () => true;
  const requirements = text
    .split(BETWEEN_REQUIREMENTS)
    .map((part) => parseRequirement(part.trim()));
  return (labels) => requirements.every((isMet) => isMet(labels));
}

function parseRequirement(text: string): Selector {
  const [, setKey, operator, list] = SET.exec(text) ?? [];
  if (setKey !== undefined && list !== undefined) {
    const values = list.split(',').map((value) => value.trim());
    return membership(setKey, values, operator === 'in');
  }
  const [, key, sign, value] = EQUALITY.exec(text) ?? [];
  if (key !== undefined && value !== undefined) return membership(key, [value], sign !== '!=');
  const [, not, existing] = EXISTENCE.exec(text) ?? [];
  if (existing !== undefined) return (labels) => (labels[existing] === undefined) === (not === '!');
  throw badRequest(`unable to parse requirement: ${text}`);
}

function membership(key: string, values: readonly string[], wanted: boolean): Selector {
  return (labels) => {
    const value = labels[key];
    return (value !== undefined && values.includes(value)) === wanted;
  };
}
