import { z } from 'zod';
import { dnsSubdomain } from '../objects/name-rules.ts';
import { SentMetadata } from '../objects/stored-object.ts';
import type { ResourceDefinition } from './resource-definition.ts';
import { StructuralSchema } from './structural-schema.ts';

const Version = z.object({
  name: z.string(),
  served: z.literal(true),
  storage: z.literal(true),
  schema: z.object({ openAPIV3Schema: StructuralSchema }),
  subresources: z.strictObject({ status: z.strictObject({}) }),
  additionalPrinterColumns: z.array(z.record(z.string(), z.unknown())).optional(),
});

const CustomResourceDefinition = z.object({
  metadata: SentMetadata,
  spec: z.object({
    group: z.string(),
    scope: z.literal('Namespaced'),
    names: z.object({
      kind: z.string(),
      plural: z.string(),
      singular: z.string().optional(),
      listKind: z.string().optional(),
      categories: z.array(z.string()).optional(),
    }),
    versions: z.tuple([Version]),
  }),
  status: z.unknown().optional(),
});
/** A CustomResourceDefinition. Supports only namespaced kinds with one version and a status subresource. */
export type CustomResourceDefinition = z.infer<typeof CustomResourceDefinition>;

const ESTABLISHED = {
  conditions: [
    { type: 'NamesAccepted', status: 'True' },
    { type: 'Established', status: 'True' },
  ],
};

/** CustomResourceDefinitions. Their kinds are served immediately. */
export const CUSTOM_RESOURCE_DEFINITIONS: ResourceDefinition<CustomResourceDefinition> = {
  group: 'apiextensions.k8s.io',
  version: 'v1',
  kind: 'CustomResourceDefinition',
  plural: 'customresourcedefinitions',
  isNamespaced: false,
  collection: 'customresourcedefinitions',
  subresources: [],
  nameRule: dnsSubdomain,
  fields: [],
  fieldsOf: () => ({}),
  decode: (body) => CustomResourceDefinition.parse(body),
  prepareCreate: (definition) => ({ ...definition, status: ESTABLISHED }),
  prepareUpdate: (definition) => ({ ...definition, status: ESTABLISHED }),
  validate: () => [],
  validateUpdate: () => [],
};
