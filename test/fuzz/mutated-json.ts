import fc from 'fast-check';
import { strangeValue } from './strange-values.ts';

type Container = Record<string, unknown> | unknown[];

/** A place in a value that something else can be put into. */
interface Slot {
  readonly holder: Container;
  readonly key: string;
}

type Change = (slot: Slot, other: Slot) => void;

/** Overwrites as `JSON.parse` would: `__proto__` too is a key like others. */
function put({ holder, key }: Slot, value: unknown): void {
  Object.defineProperty(holder, key, {
    value,
    enumerable: true,
    configurable: true,
    writable: true,
  });
}

const get = ({ holder, key }: Slot): unknown => Object.getOwnPropertyDescriptor(holder, key)?.value;

/** As JSON, since a clone of what is nested deeply would run out of stack. */
const copyOf = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

/** Of an object too, which `String` would ask for a `toString` that may be anything. */
const asText = (value: unknown): string =>
  typeof value === 'object' ? JSON.stringify(value) : String(value);

const drop: Change = ({ holder, key }) => {
  if (Array.isArray(holder)) holder.splice(Number(key), 1);
  else delete holder[key];
};
const double: Change = (slot) => {
  if (Array.isArray(slot.holder)) slot.holder.push(get(slot));
  else put(slot, [get(slot), get(slot)]);
};
const swap: Change = (slot, other) => put(slot, copyOf(get(other)));
const retype: Change = (slot) => put(slot, asText(get(slot)));
const inherit: Change = (slot) => put({ ...slot, key: '__proto__' }, get(slot));

const change: fc.Arbitrary<Change> = fc.oneof(
  fc.constantFrom(drop, double, swap, retype, inherit),
  strangeValue.map(
    (value): Change =>
      (slot) =>
        put(slot, copyOf(value)),
  ),
);

/** Real objects are not deeper; what was put into one may be. */
const DEEPEST_SLOT = 20;

function slotsOf(value: unknown, depth = 0): Slot[] {
  if (typeof value !== 'object' || value === null || depth > DEEPEST_SLOT) return [];
  const holder = value as Container;
  return Object.keys(holder).flatMap((key) => [
    { holder, key },
    ...slotsOf(get({ holder, key }), depth + 1),
  ]);
}

/** Where something is changed, of all the places that there are, and how. */
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
 * Changes one to three places of a value: drops, doubles, retypes them, or puts something else there.
 *
 * @param read - the keys that the code reads; three changes of four are made there, as real objects hold much besides
 */
export function jsonMutation(read: ReadonlySet<string>): fc.Arbitrary<(value: unknown) => unknown> {
  return fc.array(choice, { minLength: 1, maxLength: 3 }).map((choices) => (value) => {
    const copy = { whole: copyOf(value) };
    for (const one of choices) changeOnce(copy, one, read);
    return copy.whole ?? null;
  });
}

/** The value with such changes made. */
export function mutatedJson(value: unknown, read: ReadonlySet<string>): fc.Arbitrary<unknown> {
  return jsonMutation(read).map((mutate) => mutate(value));
}
