import { z } from 'zod';
import {
  type FieldError,
  invalidValue,
  required,
  tooLong,
  unsupportedValue,
  wrongType,
} from '../errors/field-error.ts';
import { isRecord } from '../is-record.ts';

/** The schema of a custom resource (openAPIV3Schema), or of a part of it: as much of it as is understood here. */
export interface StructuralSchema {
  readonly type: 'object' | 'array' | 'string' | 'integer' | 'boolean';
  readonly properties?: Readonly<Record<string, StructuralSchema>> | undefined;
  readonly required?: readonly string[] | undefined;
  readonly items?: StructuralSchema | undefined;
  readonly enum?: readonly string[] | undefined;
  readonly format?: 'int64' | 'date-time' | undefined;
  readonly pattern?: string | undefined;
  readonly minLength?: number | undefined;
  readonly maxLength?: number | undefined;
  readonly minimum?: number | undefined;
  readonly maximum?: number | undefined;
}

/** Reads a schema. What would say more than this is a mistake, so that nothing is left unchecked without a word. */
export const StructuralSchema: z.ZodType<StructuralSchema> = z.strictObject({
  type: z.enum(['object', 'array', 'string', 'integer', 'boolean']),
  description: z.string().optional(),
  get properties() {
    return z.record(z.string(), StructuralSchema).optional();
  },
  required: z.array(z.string()).optional(),
  get items() {
    return StructuralSchema.optional();
  },
  enum: z.array(z.string()).optional(),
  format: z.enum(['int64', 'date-time']).optional(),
  pattern: z.string().optional(),
  minLength: z.number().optional(),
  maxLength: z.number().optional(),
  minimum: z.number().optional(),
  maximum: z.number().optional(),
  // These two tell server-side apply, which is not spoken here, how to merge.
  'x-kubernetes-list-type': z.string().optional(),
  'x-kubernetes-list-map-keys': z.array(z.string()).optional(),
});

/** A value without the fields that its schema does not know, as the API server drops them. */
export function prune(schema: StructuralSchema, value: unknown): unknown {
  const { properties = {}, items } = schema;
  if (Array.isArray(value)) return items ? value.map((item) => prune(items, item)) : value;
  if (!isRecord(value)) return value;
  const known = Object.entries(value).flatMap(([name, field]) => {
    const own = properties[name];
    return own === undefined ? [] : [[name, prune(own, field)] as const];
  });
  return Object.fromEntries(known);
}

/**
 * What is wrong with a value, in the words of the API server.
 *
 * @param field - its path in the object
 * @param words - its path as messages say it, which for a status leaves that word out
 */
export function schemaErrors(
  schema: StructuralSchema,
  value: unknown,
  field: string,
  words: string,
): readonly FieldError[] {
  if (typeOf(value) !== schema.type) return [typeError(schema, value, field, words)];
  if (Array.isArray(value)) {
    const { items } = schema;
    return items === undefined
      ? []
      : value.flatMap((item, i) => schemaErrors(items, item, `${field}[${i}]`, `${words}[${i}]`));
  }
  if (isRecord(value)) return fieldErrors(schema, value, field, words);
  if (typeof value === 'string') return textErrors(schema, value, field, words);
  return typeof value === 'number' ? numberErrors(schema, value, field, words) : [];
}

function fieldErrors(
  { properties = {}, required: needed = [] }: StructuralSchema,
  value: Readonly<Record<string, unknown>>,
  field: string,
  words: string,
): readonly FieldError[] {
  const below = (path: string, name: string) => (path === '' ? name : `${path}.${name}`);
  const missing = needed.filter((name) => value[name] === undefined);
  const present = Object.keys(properties).filter((name) => value[name] !== undefined);
  return [
    ...missing.map((name) => required(below(field, name))),
    ...present.sort().flatMap((name) => {
      const own = properties[name];
      return own ? schemaErrors(own, value[name], below(field, name), below(words, name)) : [];
    }),
  ];
}

function textErrors(
  schema: StructuralSchema,
  value: string,
  field: string,
  words: string,
): readonly FieldError[] {
  const { minLength = 0, maxLength = Infinity, pattern, format, enum: values } = schema;
  const says = (detail: string) => invalidValue(field, value, `${words} in body ${detail}`);
  if (value.length > maxLength) return [tooLong(field, maxLength)];
  if (value.length < minLength) return [says(`should be at least ${minLength} chars long`)];
  if (format === 'date-time' && Number.isNaN(Date.parse(value)))
    return [wrongType(field, value, `${words} in body must be of type date-time: "${value}"`)];
  if (pattern !== undefined && !new RegExp(pattern).test(value))
    return [says(`should match '${pattern}'`)];
  return values === undefined || values.includes(value)
    ? []
    : [unsupportedValue(field, value, values)];
}

function numberErrors(
  { minimum = -Infinity, maximum = Infinity }: StructuralSchema,
  value: number,
  field: string,
  words: string,
): readonly FieldError[] {
  const says = (detail: string) =>
    invalidValue(field, value, `${words} in body should be ${detail}`);
  if (value < minimum) return [says(`greater than or equal to ${minimum}`)];
  return value > maximum ? [says(`less than or equal to ${maximum}`)] : [];
}

function typeError(
  { type, format }: StructuralSchema,
  value: unknown,
  field: string,
  words: string,
): FieldError {
  const found = typeOf(value);
  const wanted = found === 'float64' ? (format ?? type) : type;
  return wrongType(field, found, `${words} in body must be of type ${wanted}: "${found}"`);
}

function typeOf(value: unknown): string {
  if (Array.isArray(value)) return 'array';
  if (typeof value === 'number') return Number.isInteger(value) ? 'integer' : 'float64';
  return typeof value;
}
