import fc from 'fast-check';

type Container = Record<string, unknown> | unknown[];

/** A place in a value that something else can be put into. */
interface Slot {
  readonly holder: Container;
  readonly key: string;
}

const DEEP = 500;

/** `[[[…]]]`, deep enough for whatever recurses without a thought. */
export function nested(depth = DEEP): unknown {
  let value: unknown = [];
  for (let level = 1; level < depth; level += 1) value = [value];
  return value;
}

/** What JSON can hold in a place where nobody expects it. */
export const strangeValue: fc.Arbitrary<unknown> = fc.oneof(
  fc.constantFrom<unknown>(
    null,
    true,
    0,
    -1,
    0.5,
    1e308,
    Number.MAX_SAFE_INTEGER,
    '',
    '\0',
    '\ud800',
    '__proto__',
    'constructor',
    '../../secrets/x',
    '9999-99-99T99:99:99Z',
    [],
    [null],
    [[]],
    {},
    { length: 3 },
    JSON.parse('{"__proto__": {"aws-iam-x": "y"}, "constructor": 1}'),
  ),
  fc.constantFrom('aws-iam-', `aws-iam-${'x'.repeat(100_000)}`, 'é'.repeat(10_000)),
  fc.constant(nested()),
  fc.jsonValue(),
);

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

const drop: Change = ({ holder, key }) => {
  if (Array.isArray(holder)) holder.splice(Number(key), 1);
  else delete holder[key];
};
const double: Change = (slot) => {
  if (Array.isArray(slot.holder)) slot.holder.push(get(slot));
  else put(slot, [get(slot), get(slot)]);
};
const swap: Change = (slot, other) => put(slot, structuredClone(get(other)));
const retype: Change = (slot) => put(slot, String(get(slot)));
const inherit: Change = (slot) => put({ ...slot, key: '__proto__' }, get(slot));

const change: fc.Arbitrary<Change> = fc.oneof(
  fc.constantFrom(drop, double, swap, retype, inherit),
  strangeValue.map(
    (value): Change =>
      (slot) =>
        put(slot, structuredClone(value)),
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

/**
 * The value with one to three places of it changed: dropped, doubled, retyped, or something else put there.
 *
 * @param read - the keys that the code reads; three changes of four are made there, as real objects hold much besides
 */
export function mutatedJson<T>(value: T, read: ReadonlySet<string>): fc.Arbitrary<unknown> {
  const one = fc.record({ at: fc.nat(), from: fc.nat(), change, anywhere: fc.nat({ max: 3 }) });
  return fc.array(one, { minLength: 1, maxLength: 3 }).map((changes) => {
    const copy = { whole: structuredClone(value) as unknown };
    for (const { at, from, change: apply, anywhere } of changes) {
      const all = slotsOf(copy);
      const known = all.filter(({ key }) => anywhere > 0 && read.has(key));
      const slots = known.length > 0 ? known : all;
      const slot = slots[at % slots.length];
      const other = all[from % all.length];
      if (slot !== undefined && other !== undefined) apply(slot, other);
    }
    return copy.whole ?? null;
  });
}
