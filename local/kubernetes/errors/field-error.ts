/** A validation error of a field: a cause in the details of a 422. */
export interface FieldError {
  readonly reason:
    | 'FieldValueDuplicate'
    | 'FieldValueForbidden'
    | 'FieldValueInvalid'
    | 'FieldValueNotFound'
    | 'FieldValueNotSupported'
    | 'FieldValueRequired'
    | 'FieldValueTooLong'
    | 'FieldValueTypeInvalid';
  readonly message: string;
  readonly field: string;
}

export const required = (field: string, detail = ''): FieldError => ({
  reason: 'FieldValueRequired',
  message: detail ? `Required value: ${detail}` : 'Required value',
  field,
});

export const invalidValue = (field: string, value: unknown, detail: string): FieldError => ({
  reason: 'FieldValueInvalid',
  message: `Invalid value: ${JSON.stringify(value)}: ${detail}`,
  field,
});

export const wrongType = (field: string, value: unknown, detail: string): FieldError => ({
  ...invalidValue(field, value, detail),
  reason: 'FieldValueTypeInvalid',
});

export const unsupportedValue = (
  field: string,
  value: string,
  supported: readonly string[],
): FieldError => ({
  reason: 'FieldValueNotSupported',
  message: `Unsupported value: ${JSON.stringify(value)}: supported values: ${supported.map((one) => JSON.stringify(one)).join(', ')}`,
  field,
});

export const immutableField = (field: string, value: unknown): FieldError =>
  invalidValue(field, value, 'field is immutable');

export const duplicate = (field: string, value: unknown): FieldError => ({
  reason: 'FieldValueDuplicate',
  message: `Duplicate value: ${JSON.stringify(value)}`,
  field,
});

export const forbiddenField = (field: string, detail: string): FieldError => ({
  reason: 'FieldValueForbidden',
  message: `Forbidden: ${detail}`,
  field,
});

export const fieldNotFound = (field: string, value: unknown): FieldError => ({
  reason: 'FieldValueNotFound',
  message: `Not found: ${JSON.stringify(value)}`,
  field,
});

export const tooLong = (field: string, bytes: number): FieldError => ({
  reason: 'FieldValueTooLong',
  message: `Too long: may not be more than ${bytes} bytes`,
  field,
});

/** Joins errors into one message, like the API server. */
export function aggregateMessage(errors: readonly FieldError[]): string {
  const messages = errors.map(({ field, message }) => `${field}: ${message}`);
  return messages.length === 1 ? messages.join() : `[${messages.join(', ')}]`;
}
