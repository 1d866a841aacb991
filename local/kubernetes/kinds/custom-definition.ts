import { isDeepStrictEqual } from 'node:util';
import { z } from 'zod';
import type { CustomResourceDefinition } from './custom-resource-definition.ts';
import { dnsSubdomain } from '../objects/name-rules.ts';
import type { ResourceDefinition } from './resource-definition.ts';
import { SentMetadata } from '../objects/stored-object.ts';
import { prune, type StructuralSchema, schemaErrors } from './structural-schema.ts';

/** An object of a kind that the cluster was given. */
const CustomObject = z.looseObject({ metadata: SentMetadata, status: z.unknown().optional() });
type CustomObject = z.infer<typeof CustomObject>;

/** How the objects are read, written and checked that a custom resource definition is about. */
export function customDefinition({
  spec: { group, names, versions },
}: CustomResourceDefinition): ResourceDefinition<CustomObject> {
  const [{ name: version, schema }] = versions;
  const whole = schema.openAPIV3Schema;
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
      // Kind and version are known by the path, and added where the object is answered.
      const { metadata, kind, apiVersion, ...sent } = CustomObject.parse(body);
      return { ...(prune(whole, sent) as object), metadata };
    },
    encode: (object) => object,
    prepareCreate: ({ status, ...object }) => ({
      ...object,
      metadata: { ...object.metadata, generation: 1 },
    }),
    prepareUpdate: (object, old, subresource) =>
      subresource === 'status' ? withStatus(old, object.status) : withGeneration(object, old),
    validate: (object) => errorsOf(whole, object),
    validateUpdate: () => [],
  };
}

function withStatus(object: CustomObject, status: unknown): CustomObject {
  const { status: _, ...rest } = object;
  return status === undefined ? rest : { ...rest, status };
}

// Whatever changes beside metadata and status makes a new generation.
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
