import { type FieldError, immutableField, invalidValue, required } from '../errors/field-error.ts';
import { labelValue, type NameRule, qualifiedName } from './name-rules.ts';
import type { SentObject, StoredObject } from './stored-object.ts';

/** The rules for the metadata of every object, new or changed. */
export function validateMetadata(
  { metadata }: SentObject,
  nameRule: NameRule,
): readonly FieldError[] {
  const { name, labels = {}, annotations = {}, ownerReferences = [] } = metadata;
  return [
    ...(name
      ? nameRule(name).map((message) => invalidValue('metadata.name', name, message))
      : [required('metadata.name', 'name or generateName is required')]),
    ...Object.entries(labels).flatMap(([key, value]) => [
      ...keyErrors('metadata.labels', key),
      ...labelValue(value).map((message) => invalidValue('metadata.labels', value, message)),
    ]),
    ...Object.keys(annotations).flatMap((key) => keyErrors('metadata.annotations', key)),
    ...ownerReferences.flatMap((reference) => ownerErrors(reference)),
  ];
}

/** What an update may not change in metadata, whatever the kind. */
export function validateMetadataUpdate(
  { metadata: { uid } }: SentObject,
  old: StoredObject,
): readonly FieldError[] {
  return uid === undefined || uid === old.metadata.uid ? [] : [immutableField('metadata.uid', uid)];
}

function keyErrors(field: string, key: string): FieldError[] {
  // An annotation's key may have upper case before the slash, and so may only there.
  const rule = field === 'metadata.annotations' ? key.toLowerCase() : key;
  return qualifiedName(rule).map((message) => invalidValue(field, key, message));
}

function ownerErrors(reference: {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  readonly uid: string;
}): FieldError[] {
  const { apiVersion, kind, name, uid } = reference;
  const field = 'metadata.ownerReferences';
  return [
    ...(apiVersion ? [] : [invalidValue(`${field}.apiVersion`, '', 'version must not be empty')]),
    ...Object.entries({ kind, name, uid })
      .filter(([, value]) => value === '')
      .map(([key]) => invalidValue(`${field}.${key}`, '', 'must not be empty')),
  ];
}
