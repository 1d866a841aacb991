import fc from 'fast-check';
import { arbitraryValue } from './arbitrary-values.ts';

type Container = Record<string, unknown> | unknown[];

/** A property or element that can be replaced. */
interface Slot {
  readonly holder: Container;
  readonly key: string;
}

type Change = (slot: Slot, other: Slot) => void;

/** Sets a property as `JSON.parse` does, including `__proto__`. */
function put({ holder, key }: Slot, value: unknown): void {
  Object.defineProperty(holder, key, {
    value,
    enumerable: true,
    configurable: true,
    writable: true,
  });
}

const get = ({ holder, key }: Slot): unknown => Object.getOwnPropertyDescriptor(holder, key)?.value;

/** Copies through JSON, because `structuredClone` overflows the stack for deeply nested values. */
const copyOf = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

/** Converts a value to text, without calling `toString` of an object, which may be any value. */
const asText = (value: unknown): string =>
  typeof value === 'object' ? JSON.stringify(value) : String(value);

const drop: Change = ({ holder, key }) => {
  if (Array.isArray(holder)) holder.splice(Number(key), 1);
  else delete holder[key];
};
const duplicate: Change = (slot) => {
  if (Array.isArray(slot.holder)) slot.holder.push(get(slot));
  else put(slot, [get(slot), get(slot)]);
};
const swap: Change = (slot, other) => put(slot, copyOf(get(other)));
const retype: Change = (slot) => put(slot, asText(get(slot)));
const inherit: Change = (slot) => put({ ...slot, key: '__proto__' }, get(slot));

const change: fc.Arbitrary<Change> = fc.oneof(
  fc.constantFrom(drop, duplicate, swap, retype, inherit),
  arbitraryValue.map(
    (value): Change =>
      (slot) =>
        put(slot, copyOf(value)),
  ),
);

/** Maximum depth of a change. Real objects are not deeper. */
const MAX_DEPTH = 20;

function slotsOf(value: unknown, depth = 0): Slot[] {
  if (typeof value !== 'object' || value === null || depth > MAX_DEPTH) return [];
  const holder = value as Container;
  return Object.keys(holder).flatMap((key) => [
    { holder, key },
    ...slotsOf(get({ holder, key }), depth + 1),
  ]);
}

/** One change: where and how. */
interface Choice {
  readonly at: number;
  readonly from: number;
  readonly apply: Change;
  readonly isAnywhere: boolean;
}

const choice: fc.Arbitrary<Choice> = fc.record({
  at: fc.nat(),
  from: fc.nat(),
  apply: change,
  isAnywhere: fc.nat({ max: 3 }).map((one) => one === 0),
});

function changeOnce(holder: Container, choice: Choice, read: ReadonlySet<string>): void {
  const { at, from, apply, isAnywhere } = choice;
  const all = slotsOf(holder);
  const known = all.filter(({ key }) => !isAnywhere && read.has(key));
  const slots = known.length > 0 ? known : all;
  const slot = slots[at % slots.length];
  const other = all[from % all.length];
  if (slot !== undefined && other !== undefined) apply(slot, other);
}

/**
 * Changes a value in one to three places: drops, duplicates, retypes or replaces them.
 *
 * @param read - the keys that the code reads. Three of four changes are made there, as real objects have many other keys.
 */
export function jsonMutation(read: ReadonlySet<string>): fc.Arbitrary<(value: unknown) => unknown> {
  return fc.array(choice, { minLength: 1, maxLength: 3 }).map((choices) => (value) => {
    const copy = { whole: copyOf(value) };
    for (const one of choices) changeOnce(copy, one, read);
    return copy.whole ?? null;
  });
}

/** Returns the value with such changes. */
export function mutatedJson(value: unknown, read: ReadonlySet<string>): fc.Arbitrary<unknown> {
  return jsonMutation(read).map((mutate) => mutate(value));
}
