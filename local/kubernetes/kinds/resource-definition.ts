import type { FieldError } from '../errors/field-error.ts';
import type { NameRule } from '../objects/name-rules.ts';
import type { SentObject } from '../objects/stored-object.ts';

/** A subresource, and what an update of it may change. */
export type Subresource = 'status' | 'binding';

/**
 * A kind of object: where it is served, how it is read and written, and the rules that it keeps. Methods take and give
 * objects of this kind only; the store knows no kinds.
 */
export interface ResourceDefinition<T extends SentObject = SentObject> {
  /** Empty for the core group. */
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  readonly plural: string;
  readonly isNamespaced: boolean;
  /** Whether a custom resource definition is where it comes from; the API server treats such objects a bit differently. */
  readonly isCustom?: true;
  /** Where its objects are kept. Events are shown by two API groups and kept once. */
  readonly collection: string;
  readonly subresources: readonly Subresource[];
  readonly nameRule: NameRule;
  /** What field selectors may ask for, beside `metadata.name` and `metadata.namespace`. */
  readonly fields: readonly string[];

  /** The values of those fields; a field that is absent is empty. */
  fieldsOf(object: T): Readonly<Record<string, string | undefined>>;
  /** @throws ZodError when a field has the wrong type */
  decode(body: unknown): T;
  /** The object as this version of the API shows it, without `kind` and `apiVersion`. */
  encode(object: T): object;
  /** The object with its defaults, and without what a client may not say. */
  prepareCreate(object: T): T;
  /** The object with everything that an update of this kind, or of this subresource, does not change. */
  prepareUpdate(object: T, old: T, subresource: Subresource | undefined): T;
  /** How many seconds a deletion gives whoever runs the object; `undefined` for what nobody runs. */
  graceSecondsOf?(object: T, asked: number | undefined): number;
  /** The rules of every object. */
  validate(object: T): readonly FieldError[];
  /** The rules of a new object besides, which a stored one need not keep. */
  validateCreate?(object: T): readonly FieldError[];
  validateUpdate(object: T, old: T, subresource: Subresource | undefined): readonly FieldError[];
}

/** The `apiVersion` of a definition's objects. */
export function apiVersionOf({ group, version }: ResourceDefinition): string {
  return group ? `${group}/${version}` : version;
}
