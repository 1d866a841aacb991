import type { ResourceName } from '../errors/api-error.ts';
import type { FieldError } from '../errors/field-error.ts';
import type { NameRule } from '../objects/name-rules.ts';
import type { SentObject } from '../objects/stored-object.ts';

/** A subresource that can be updated on its own. */
export type Subresource = 'status' | 'binding' | 'token';

/** A kind of object: where it is served, how it is read and written, and its validation rules. The store knows no kinds. */
export interface ResourceDefinition<T extends SentObject = SentObject> {
  /** API group; empty for the core group. */
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  readonly plural: string;
  readonly isNamespaced: boolean;
  /** Set when a CustomResourceDefinition defines the kind. The API server treats custom objects slightly differently. */
  readonly isCustom?: true;
  /** The collection of the store that holds its objects. */
  readonly collection: string;
  readonly subresources: readonly Subresource[];
  readonly nameRule: NameRule;
  /** Fields for field selectors, in addition to `metadata.name` and `metadata.namespace`. */
  readonly fields: readonly string[];

  /** Returns the values of `fields`; an absent value matches the empty string. */
  fieldsOf(object: T): Readonly<Record<string, string | undefined>>;
  /** Reads an object without `kind` and `apiVersion`. @throws ZodError when a field has the wrong type */
  decode(body: unknown): T;
  /** Sets defaults and removes what a client may not set. */
  prepareCreate(object: T): T;
  /** Keeps what an update of the object, or of this subresource, does not change. */
  prepareUpdate(object: T, old: T, subresource: Subresource | undefined): T;
  /** The grace period of a deletion, in seconds. Kinds without it are deleted immediately. */
  graceSecondsOf?(object: T, requested: number | undefined): number;
  /** Checks the rules of every object. */
  validate(object: T): readonly FieldError[];
  /** Checks additional rules for new objects, which stored objects may break. */
  validateCreate?(object: T): readonly FieldError[];
  validateUpdate(object: T, old: T, subresource: Subresource | undefined): readonly FieldError[];
}

/** The `apiVersion` of a definition's objects. */
export function apiVersionOf({ group, version }: ResourceDefinition): string {
  return group ? `${group}/${version}` : version;
}

/** Names of a kind in errors about validation and conflicts. Built-in kinds are named without their group there. */
interface NamesInErrors {
  readonly kind: ResourceName;
  readonly resource: ResourceName;
}

export function namesInErrors({
  isCustom,
  group,
  kind,
  plural,
}: ResourceDefinition): NamesInErrors {
  const shownGroup = isCustom ? group : '';
  return {
    kind: { group: shownGroup, plural: kind },
    resource: { group: shownGroup, plural },
  };
}
