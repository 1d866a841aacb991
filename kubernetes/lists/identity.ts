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
  if (!isText(name) || !isText(uid)) {
    throw new Error(`an object in the list has no name or no uid (${shown(name)})`);
  }
  if (typeof namespace !== 'string') {
    throw new Error(`an object in the list has no namespace (${shown(name)})`);
  }
  return { name, namespace, uid };
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== '';
}

/** Longest name of an object (Kubernetes object names). */
const LONGEST_NAME = 253;

function shown(name: unknown): string {
  return typeof name === 'string'
    ? `"${name.slice(0, LONGEST_NAME)}"`
    : `a name of type ${typeof name}`;
}
