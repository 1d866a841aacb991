import protobuf from 'protobufjs/minimal.js';
import { formatInstant } from '../../contract/format-instant.ts';

/**
 * How a field of a message is read. Fields that a table does not name are skipped. Texts that the sender left
 * empty are left out, as Kubernetes leaves them out of JSON.
 */
export type ProtobufField =
  | { readonly kind: 'text' | 'map'; readonly name: string }
  /** An instant of Kubernetes (`meta.v1.Time`), as RFC 3339 with whole seconds. */
  | { readonly kind: 'time'; readonly name: string }
  /** One message, or an array of them. */
  | {
      readonly kind: 'message' | 'messages';
      readonly name: string;
      readonly fields: ProtobufFields;
    }
  /** A message whose fields stand among those of the one around it, as Go's embedded structs do in JSON. */
  | { readonly kind: 'inline'; readonly fields: ProtobufFields };

/** The fields of a message by their number. */
export type ProtobufFields = Readonly<Record<number, ProtobufField>>;

/** A decoded message. */
export type ProtobufMessage = Record<string, unknown>;

const VARINT = 0;
const LENGTH_DELIMITED = 2;

/**
 * Reads a message by a table of the fields that are wanted.
 *
 * The table is walked over protobufjs' bare reader. Its reflection API decodes no faster (1 ms of CPU for 500 pods, both;
 * `JSON.parse` 30 ms), costs a cold start 10 ms more, and takes a field of another type for an unknown one.
 *
 * @throws on lengths that do not add up, and on fields that are not of the type that the table gives them.
 */
export function decodeProtobuf(body: Buffer, fields: ProtobufFields): ProtobufMessage {
  const message: ProtobufMessage = {};
  readInto(message, protobuf.Reader.create(body), fields);
  return message;
}

function readInto(target: ProtobufMessage, reader: protobuf.Reader, fields: ProtobufFields): void {
  while (reader.pos < reader.len) {
    const tag = reader.tag();
    const number = tag >>> 3;
    const wireType = tag & 7;
    const field = fields[number];
    if (field === undefined) reader.skipType(wireType, 0, number);
    else readField(target, reader, field, wireType);
  }
}

function readField(
  target: ProtobufMessage,
  reader: protobuf.Reader,
  field: ProtobufField,
  wireType: number,
): void {
  if (wireType !== LENGTH_DELIMITED) {
    throw new Error(`a protobuf field of kind ${field.kind} has wire type ${wireType}`);
  }
  switch (field.kind) {
    case 'text': {
      const text = reader.string();
      if (text !== '') target[field.name] = text;
      return;
    }
    case 'map':
      readMapEntry(target, reader, field.name);
      return;
    case 'time':
      target[field.name] = readTime(reader);
      return;
    case 'message':
      target[field.name] = readMessage({}, reader, field.fields);
      return;
    case 'messages':
      append(target, field.name, readMessage({}, reader, field.fields));
      return;
    case 'inline':
      readMessage(target, reader, field.fields);
  }
}

function append(target: ProtobufMessage, name: string, message: ProtobufMessage): void {
  const list = target[name];
  if (Array.isArray(list)) list.push(message);
  else target[name] = [message];
}

/** Reads a message of which the length comes first, and not a byte beyond it. */
function readMessage(
  target: ProtobufMessage,
  reader: protobuf.Reader,
  fields: ProtobufFields,
): ProtobufMessage {
  within(reader, () => readInto(target, reader, fields));
  return target;
}

function within(reader: protobuf.Reader, read: () => void): void {
  const length = reader.uint32();
  const outerEnd = reader.len;
  const end = reader.pos + length;
  if (end > outerEnd) throw new RangeError('a protobuf message ends beyond the one that holds it');
  reader.len = end;
  read();
  reader.len = outerEnd;
}

/** The seconds since 1970 are the first field. The API server's instants have no smaller part. */
function readTime(reader: protobuf.Reader): string {
  let seconds = 0;
  within(reader, () => {
    while (reader.pos < reader.len) {
      const tag = reader.tag();
      if (tag >>> 3 === 1 && (tag & 7) === VARINT) seconds = reader.uint32();
      else reader.skipType(tag & 7, 0, tag >>> 3);
    }
  });
  return formatInstant(new Date(seconds * 1_000));
}

const MAP_ENTRY: ProtobufFields = {
  1: { kind: 'text', name: 'key' },
  2: { kind: 'text', name: 'value' },
};

function readMapEntry(target: ProtobufMessage, reader: protobuf.Reader, name: string): void {
  const { key = '', value = '' } = readMessage({}, reader, MAP_ENTRY);
  // Without a prototype, every key is a key.
  const map = target[name] ?? Object.create(null);
  target[name] = Object.assign(map, { [String(key)]: value });
}
