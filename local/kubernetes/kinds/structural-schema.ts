import { z } from 'zod';
import { isRecord } from '../../../contract/is-record.ts';
import {
  type FieldError,
  invalidValue,
  required,
  tooLong,
  unsupportedValue,
  wrongType,
} from '../errors/field-error.ts';

/** The schema of a custom resource (`openAPIV3Schema`) or of a part of it. Only these keywords are supported. */
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

/** Parses a schema. An unsupported keyword is an error, so that no rule is silently ignored. */
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
  // For server-side apply, which this server does not support.
  'x-kubernetes-list-type': z.string().optional(),
  'x-kubernetes-list-map-keys': z.array(z.string()).optional(),
});

/** Removes fields that the schema does not define, like the API server. */
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
 * Validates a value, with the messages of the API server.
 *
 * @param field - path of the value in the object
 * @param shownPath - path in the message, which omits a leading `status`
 */
export function schemaErrors(
  schema: StructuralSchema,
  value: unknown,
  field: string,
  shownPath: string,
): readonly FieldError[] {
  if (typeOf(value) !== schema.type) return [typeError(schema, value, field, shownPath)];
  if (Array.isArray(value)) {
    const { items } = schema;
    return items === undefined
      ? []
      : value.flatMap((item, i) =>
          schemaErrors(items, item, `${field}[${i}]`, `${shownPath}[${i}]`),
        );
  }
  if (isRecord(value)) return fieldErrors(schema, value, field, shownPath);
  if (typeof value === 'string') return stringErrors(schema, value, field, shownPath);
  return typeof value === 'number' ? numberErrors(schema, value, field, shownPath) : [];
}

function fieldErrors(
  { properties = {}, required: needed = [] }: StructuralSchema,
  value: Readonly<Record<string, unknown>>,
  field: string,
  shownPath: string,
): readonly FieldError[] {
  const below = (path: string, name: string) => (path === '' ? name : `${path}.${name}`);
  const missing = needed.filter((name) => value[name] === undefined);
  const present = Object.keys(properties).filter((name) => value[name] !== undefined);
  return [
    ...missing.map((name) => required(below(field, name))),
    ...present.sort().flatMap((name) => {
      const own = properties[name];
      return own ? schemaErrors(own, value[name], below(field, name), below(shownPath, name)) : [];
    }),
  ];
}

function stringErrors(
  schema: StructuralSchema,
  value: string,
  field: string,
  shownPath: string,
): readonly FieldError[] {
  const { minLength = 0, maxLength = Infinity, pattern, format, enum: values } = schema;
  const error = (detail: string) => invalidValue(field, value, `${shownPath} in body ${detail}`);
  if (value.length > maxLength) return [tooLong(field, maxLength)];
  if (value.length < minLength) return [error(`should be at least ${minLength} chars long`)];
  if (format === 'date-time' && Number.isNaN(Date.parse(value)))
    return [wrongType(field, value, `${shownPath} in body must be of type date-time: "${value}"`)];
  if (pattern !== undefined && !new RegExp(pattern).test(value))
    return [error(`should match '${pattern}'`)];
  return values === undefined || values.includes(value)
    ? []
    : [unsupportedValue(field, value, values)];
}

function numberErrors(
  { minimum = -Infinity, maximum = Infinity }: StructuralSchema,
  value: number,
  field: string,
  shownPath: string,
): readonly FieldError[] {
  const error = (detail: string) =>
    invalidValue(field, value, `${shownPath} in body should be ${detail}`);
  if (value < minimum) return [error(`greater than or equal to ${minimum}`)];
  return value > maximum ? [error(`less than or equal to ${maximum}`)] : [];
}

function typeError(
  { type, format }: StructuralSchema,
  value: unknown,
  field: string,
  shownPath: string,
): FieldError {
  const found = typeOf(value);
  const expected = found === 'float64' ? (format ?? type) : type;
  return wrongType(field, found, `${shownPath} in body must be of type ${expected}: "${found}"`);
}

function typeOf(value: unknown): string {
  if (Array.isArray(value)) return 'array';
  if (typeof value === 'number') return Number.isInteger(value) ? 'integer' : 'float64';
  return typeof value;
}
