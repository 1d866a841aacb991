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
  if (!name || !uid) throw new Error(`an object in the list has no name or no uid ("${name}")`);
  return { name, namespace, uid };
}
