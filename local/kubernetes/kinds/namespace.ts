import { z } from 'zod';
import { dnsLabel } from '../objects/name-rules.ts';
import type { ResourceDefinition } from './resource-definition.ts';
import { SentMetadata } from '../objects/stored-object.ts';

/** Every namespace carries its name as a label, so that selectors can name it. */
const NAME_LABEL = 'kubernetes.io/metadata.name';

const Namespace = z.object({
  metadata: SentMetadata,
  spec: z.object({ finalizers: z.array(z.string()).optional() }).default({}),
  status: z.object({ phase: z.string() }).default({ phase: 'Active' }),
});
/** A namespace; `status.phase` is `Active`, or `Terminating` while it is deleted. */
export type Namespace = z.infer<typeof Namespace>;

const named = (namespace: Namespace): Namespace => ({
  ...namespace,
  metadata: {
    ...namespace.metadata,
    labels: { ...namespace.metadata.labels, [NAME_LABEL]: namespace.metadata.name },
  },
});

/** Namespaces. Their `status` and `finalize` are not served: the embedded cluster ends them itself. */
export const NAMESPACES: ResourceDefinition<Namespace> = {
  group: '',
  version: 'v1',
  kind: 'Namespace',
  plural: 'namespaces',
  isNamespaced: false,
  collection: 'namespaces',
  subresources: [],
  nameRule: dnsLabel,
  fields: ['status.phase'],
  fieldsOf: (namespace) => ({ 'status.phase': namespace.status.phase }),
  decode: (body) => Namespace.parse(body),
  encode: (namespace) => namespace,
  prepareCreate: (namespace) =>
    named({ ...namespace, spec: { finalizers: ['kubernetes'] }, status: { phase: 'Active' } }),
  prepareUpdate: (namespace, old) => named({ ...namespace, spec: old.spec, status: old.status }),
  validate: () => [],
  validateUpdate: () => [],
};
