import { type FieldError, immutableField, invalidValue, required } from '../errors/field-error.ts';
import { labelValue, type NameRule, qualifiedName } from './name-rules.ts';
import type { SentObject, StoredObject } from './stored-object.ts';

/** Validates the metadata of a new or updated object. */
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

/** Validates changes of metadata that are forbidden for every kind. */
export function validateMetadataUpdate(
  { metadata: { uid } }: SentObject,
  old: StoredObject,
): readonly FieldError[] {
  return uid === undefined || uid === old.metadata.uid ? [] : [immutableField('metadata.uid', uid)];
}

function keyErrors(field: string, key: string): FieldError[] {
  // The prefix of an annotation key, unlike that of a label key, can contain upper case.
  const checked = field === 'metadata.annotations' ? key.toLowerCase() : key;
  return qualifiedName(checked).map((message) => invalidValue(field, key, message));
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
