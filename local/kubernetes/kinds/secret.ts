import { isDeepStrictEqual } from 'node:util';
import { z } from 'zod';
import {
  type FieldError,
  forbiddenField,
  immutableField,
  invalidValue,
  required,
  tooLong,
} from '../errors/field-error.ts';
import { configKey, dnsSubdomain } from '../objects/name-rules.ts';
import { SentMetadata } from '../objects/stored-object.ts';
import type { ResourceDefinition } from './resource-definition.ts';

const MAX_SECRET_BYTES = 1_048_576;
const SERVICE_ACCOUNT_ANNOTATION = 'kubernetes.io/service-account.name';

const Secret = z
  .object({
    metadata: SentMetadata,
    immutable: z.boolean().optional(),
    data: z.record(z.string(), z.base64('illegal base64 data')).optional(),
    stringData: z.record(z.string(), z.string()).optional(),
    type: z.string().default(''),
  })
  .transform(({ stringData, data, type, ...secret }) => ({
    ...secret,
    ...withData({ ...data, ...encoded(stringData) }),
    type: type || 'Opaque',
  }));
type Secret = z.infer<typeof Secret>;

function encoded(stringData: Readonly<Record<string, string>> = {}): Record<string, string> {
  const entries = Object.entries(stringData);
  return Object.fromEntries(entries.map(([k, v]) => [k, Buffer.from(v).toString('base64')]));
}

/** Omits an empty `data`, like the API server. */
function withData(data: Record<string, string>): { data?: Record<string, string> } {
  return Object.keys(data).length > 0 ? { data } : {};
}

function validate({ data = {}, type, metadata }: Secret): FieldError[] {
  const keys = Object.keys(data).sort();
  const bytes = Object.values(data).reduce((sum, value) => sum + decodedLength(value), 0);
  return [
    ...keys.flatMap((key) => configKey(key).map((m) => invalidValue(`data[${key}]`, key, m))),
    ...(bytes > MAX_SECRET_BYTES ? [tooLong('data', MAX_SECRET_BYTES)] : []),
    ...missingForType(type, data, metadata.annotations ?? {}),
  ];
}

function decodedLength(base64: string): number {
  return Buffer.byteLength(base64, 'base64');
}

function missingForType(
  type: string,
  data: Readonly<Record<string, string>>,
  annotations: Readonly<Record<string, string>>,
): FieldError[] {
  if (type === 'kubernetes.io/service-account-token')
    return annotations[SERVICE_ACCOUNT_ANNOTATION]
      ? []
      : [required(`metadata.annotations[${SERVICE_ACCOUNT_ANNOTATION}]`)];
  const keys = type === 'kubernetes.io/tls' ? ['tls.crt', 'tls.key'] : [];
  return keys.filter((key) => data[key] === undefined).map((key) => required(`data[${key}]`));
}

function validateUpdate(secret: Secret, old: Secret): FieldError[] {
  const detail = 'field is immutable when `immutable` is set';
  const changed = old.immutable
    ? (['immutable', 'data'] as const).filter((f) => !isDeepStrictEqual(secret[f], old[f]))
    : [];
  return [
    ...(secret.type === old.type ? [] : [immutableField('type', secret.type)]),
    ...changed.map((field) => forbiddenField(field, detail)),
  ];
}

/** Secrets. Of the types that have rules in Kubernetes, only TLS and ServiceAccount tokens are validated. */
export const SECRETS: ResourceDefinition<Secret> = {
  group: '',
  version: 'v1',
  kind: 'Secret',
  plural: 'secrets',
  isNamespaced: true,
  collection: 'secrets',
  subresources: [],
  nameRule: dnsSubdomain,
  fields: ['type'],
  fieldsOf: (secret) => ({ type: secret.type }),
  decode: (body) => Secret.parse(body),
  prepareCreate: (secret) => secret,
  prepareUpdate: (secret) => secret,
  validate,
  validateUpdate,
};
