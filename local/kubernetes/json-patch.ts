import { isDeepStrictEqual } from 'node:util';
import { z } from 'zod';
import { isRecord } from './is-record.ts';

const path = z.string();
const Operation = z.discriminatedUnion('op', [
  z.object({ op: z.literal(['add', 'replace', 'test']), path, value: z.unknown() }),
  z.object({ op: z.literal('remove'), path }),
  z.object({ op: z.literal(['move', 'copy']), path, from: z.string() }),
]);
type Operation = z.infer<typeof Operation>;

type Container = Record<string, unknown> | unknown[];

/**
 * Applies a JSON patch (RFC 6902) to a copy of `document`.
 *
 * @throws Error when an operation is none, its path leads nowhere, or a test fails
 */
export function applyJsonPatch(document: object, patch: readonly unknown[]): unknown {
  const root = { document: structuredClone(document) };
  for (const operation of patch) applyOperation(root, Operation.parse(operation));
  return root.document;
}

function applyOperation(root: Record<string, unknown>, operation: Operation): void {
  switch (operation.op) {
    case 'add':
      add(root, operation.path, operation.value);
      break;
    case 'remove':
      remove(root, operation.path);
      break;
    case 'replace':
      remove(root, operation.path);
      add(root, operation.path, operation.value);
      break;
    case 'move':
      add(root, operation.path, remove(root, operation.from));
      break;
    case 'copy':
      add(root, operation.path, structuredClone(find(root, operation.from)));
      break;
    case 'test':
      if (isDeepStrictEqual(find(root, operation.path), operation.value)) break;
      throw new Error(`testing value ${operation.path} failed`);
  }
}

function find(root: Record<string, unknown>, pointer: string): unknown {
  const [parent, key] = locate(root, pointer);
  const value = Array.isArray(parent) ? parent[Number(key)] : parent[key];
  if (value === undefined) throw new Error(`${pointer} is not there`);
  return value;
}

function add(root: Record<string, unknown>, pointer: string, value: unknown): void {
  const [parent, key] = locate(root, pointer);
  if (!Array.isArray(parent)) parent[key] = value;
  else parent.splice(key === '-' ? parent.length : indexIn(parent.length, key), 0, value);
}

function remove(root: Record<string, unknown>, pointer: string): unknown {
  const value = find(root, pointer);
  const [parent, key] = locate(root, pointer);
  if (Array.isArray(parent)) parent.splice(indexIn(parent.length - 1, key), 1);
  else delete parent[key];
  return value;
}

// The document hangs below a root, so that the empty pointer has a parent like every other.
function locate(root: Record<string, unknown>, pointer: string): [Container, string] {
  const parts = `/document${pointer}`.split('/').slice(1);
  const keys = parts.map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'));
  const last = keys.pop() ?? '';
  const parent = keys.reduce<unknown>((at, key) => {
    if (Array.isArray(at)) return at[Number(key)];
    return isRecord(at) ? at[key] : undefined;
  }, root);
  if (!Array.isArray(parent) && !isRecord(parent)) throw new Error(`${pointer} leads nowhere`);
  return [parent, last];
}

function indexIn(last: number, key: string): number {
  const index = Number(key);
  if (/^\d+$/.test(key) && index <= last) return index;
  throw new Error(`there is no place ${key} in a list that ends at ${last}`);
}
