import { isDeepStrictEqual } from 'node:util';
import { z } from 'zod';
import { dnsSubdomain } from '../objects/name-rules.ts';
import { SentMetadata } from '../objects/stored-object.ts';
import type { CustomResourceDefinition } from './custom-resource-definition.ts';
import type { ResourceDefinition } from './resource-definition.ts';
import { prune, type StructuralSchema, schemaErrors } from './structural-schema.ts';

/** A custom object. */
const CustomObject = z.looseObject({ metadata: SentMetadata, status: z.unknown().optional() });
type CustomObject = z.infer<typeof CustomObject>;

/** Returns the definition of the kind that a CustomResourceDefinition defines. */
export function customDefinition({
  spec: { group, names, versions },
}: CustomResourceDefinition): ResourceDefinition<CustomObject> {
  const [{ name: version, schema }] = versions;
  const { openAPIV3Schema } = schema;
  return {
    group,
    version,
    kind: names.kind,
    plural: names.plural,
    isNamespaced: true,
    isCustom: true,
    collection: `${names.plural}.${group}`,
    subresources: ['status'],
    nameRule: dnsSubdomain,
    fields: [],
    fieldsOf: () => ({}),
    decode(body) {
      const { metadata, ...sent } = CustomObject.parse(body);
      return { ...(prune(openAPIV3Schema, sent) as object), metadata };
    },
    prepareCreate: ({ status, ...object }) => ({
      ...object,
      metadata: { ...object.metadata, generation: 1 },
    }),
    prepareUpdate: (object, old, subresource) =>
      subresource === 'status' ? withStatus(old, object.status) : withGeneration(object, old),
    validate: (object) => errorsOf(openAPIV3Schema, object),
    validateUpdate: () => [],
  };
}

function withStatus(object: CustomObject, status: unknown): CustomObject {
  const { status: _, ...rest } = object;
  return status === undefined ? rest : { ...rest, status };
}

/** Increments the generation when anything but metadata and status changes. */
function withGeneration(sent: CustomObject, old: CustomObject): CustomObject {
  const object = withStatus(sent, old.status);
  const isSame = isDeepStrictEqual({ ...object, metadata: {} }, { ...old, metadata: {} });
  const generation = (old.metadata.generation ?? 0) + (isSame ? 0 : 1);
  return { ...object, metadata: { ...object.metadata, generation } };
}

function errorsOf(schema: StructuralSchema, { metadata, status, ...object }: CustomObject) {
  const { status: statusSchema, ...properties } = schema.properties ?? {};
  return [
    ...schemaErrors({ ...schema, properties }, object, '', ''),
    ...(statusSchema && status !== undefined
      ? schemaErrors(statusSchema, status, 'status', '')
      : []),
  ];
}
