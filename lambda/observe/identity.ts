import type { ApiObject } from './list-body.ts';

/**
 * What an object is known by. Every object of a real API server has it, and one without it is not worth a guess: the
 * page that holds it fails.
 */
export function identityOf({ metadata: { name, namespace = '', uid } = {} }: ApiObject): {
  readonly name: string;
  readonly namespace: string;
  readonly uid: string;
} {
  if (![name, namespace, uid].every(isText) || !name || !uid) {
    const shown = isText(name) ? name : '';
    throw new Error(`an object in the list has no name or no uid ("${shown}")`);
  }
  return { name, namespace, uid };
}

function isText(value: unknown): value is string {
  return typeof value === 'string';
}
