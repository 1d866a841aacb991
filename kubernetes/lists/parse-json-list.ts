import type { ListBody } from './api-object.ts';

/** Number of brackets around the list's objects, and around the fields of their `metadata`, `spec` and `status`. */
const DEPTH = { item: 2, field: 4 } as const;

/**
 * Parses a list from JSON, one object at a time. In the `metadata`, `spec` and `status` of an object, each value of more
 * than `maxFieldBytes` is replaced by its size: a number of bytes. Such a value takes no memory, while `JSON.parse` of the
 * whole list would take several times the size of all values. Overwrites the body.
 *
 * @throws {SyntaxError} when the body is not a list in JSON
 */
export function parseJsonList(body: Buffer, maxFieldBytes: number): ListBody | null {
  const items: unknown[] = [];
  const rest = cutItems(body, maxFieldBytes, (item) => items.push(JSON.parse(item)));
  const list = JSON.parse(rest);
  if ((list?.items?.length ?? 0) !== items.length) throw new SyntaxError('not a list of objects');
  return items.length === 0 ? list : { ...list, items };
}

const QUOTE = 0x22;
const COMMA = 0x2c;
const COLON = 0x3a;
const BRACKET = 0x5b;
const BACKSLASH = 0x5c;
const BRACKET_END = 0x5d;
const BRACE = 0x7b;
const BRACE_END = 0x7d;

/** Passes each object of the list to `onItem`. Returns the list with 0 in place of them. */
function cutItems(body: Buffer, maxFieldBytes: number, onItem: (json: string) => void): string {
  const text = inPlace(body);
  let depth = 0;
  let isInItems = false;
  let itemStart = 0;
  let fieldStart = 0;
  const isField = () => isInItems && depth === DEPTH.field;

  function endField(at: number): void {
    const size = at - fieldStart;
    if (!isField() || size <= maxFieldBytes) return;
    text.keepUntil(fieldStart);
    text.replaceUntil(at, size);
  }

  function open(at: number): void {
    // The list has no other array.
    if (depth === DEPTH.item - 1) isInItems = body[at] === BRACKET;
    if (depth === DEPTH.item && isInItems) itemStart = text.keepUntil(at);
    depth += 1;
    if (isField()) fieldStart = at + 1;
  }

  function close(at: number): void {
    endField(at);
    depth -= 1;
    if (depth !== DEPTH.item || !isInItems) return;
    const itemEnd = text.keepUntil(at + 1);
    onItem(body.toString('utf8', itemStart, itemEnd));
    text.truncate(itemStart);
    text.replaceUntil(at + 1, 0);
  }

  /** After a comma comes a name, and after it the value. */
  function separate(at: number): void {
    if (body[at] === COMMA) endField(at);
    if (isField()) fieldStart = at + 1;
  }

  const actions: Partial<Record<number, (at: number) => void>> = {
    [COMMA]: separate,
    [COLON]: separate,
    [BRACKET]: open,
    [BRACKET_END]: close,
    [BRACE]: open,
    [BRACE_END]: close,
  };
  for (let at = 0; at < body.length; at += 1) {
    const byte = body[at] ?? 0;
    if (byte === QUOTE) at = endOfText(body, at);
    else actions[byte]?.(at);
  }
  return body.toString('utf8', 0, text.keepUntil(body.length));
}

/** Returns the position of the quote that ends a text. */
function endOfText(body: Buffer, start: number): number {
  let at = start + 1;
  while (at < body.length && body[at] !== QUOTE) at += body[at] === BACKSLASH ? 2 : 1;
  return at;
}

/** Writes a shorter text over a text, from its beginning to its end. */
function inPlace(body: Buffer) {
  let written = 0;
  let read = 0;
  return {
    /** Keeps what has not been read yet up to a position. Returns how much is written. */
    keepUntil(position: number): number {
      if (written !== read) body.copyWithin(written, read, position);
      written += position - read;
      read = position;
      return written;
    },
    /** Writes a number in place of what has not been read yet up to a position. */
    replaceUntil(position: number, replacement: number): void {
      written += body.write(String(replacement), written);
      read = position;
    },
    /** Removes what is written after a position. */
    truncate(position: number): void {
      written = position;
    },
  };
}
