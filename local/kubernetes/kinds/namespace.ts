import { z } from 'zod';
import { dnsLabel } from '../objects/name-rules.ts';
import { SentMetadata } from '../objects/stored-object.ts';
import type { ResourceDefinition } from './resource-definition.ts';

/** Label that holds the name of the namespace, for selectors. */
const NAME_LABEL = 'kubernetes.io/metadata.name';

const Namespace = z.object({
  metadata: SentMetadata,
  spec: z.object({ finalizers: z.array(z.string()).optional() }).default({}),
  status: z.object({ phase: z.string() }).default({ phase: 'Active' }),
});
/** A namespace. `status.phase` is `Active`, or `Terminating` while it is deleted. */
export type Namespace = z.infer<typeof Namespace>;

const withNameLabel = (namespace: Namespace): Namespace => ({
  ...namespace,
  metadata: {
    ...namespace.metadata,
    labels: { ...namespace.metadata.labels, [NAME_LABEL]: namespace.metadata.name },
  },
});

/** Namespaces. `status` and `finalize` are not served, because the embedded cluster finalizes namespaces itself. */
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
  prepareCreate: (namespace) =>
    withNameLabel({
      ...namespace,
      spec: { finalizers: ['kubernetes'] },
      status: { phase: 'Active' },
    }),
  prepareUpdate: (namespace, old) =>
    withNameLabel({ ...namespace, spec: old.spec, status: old.status }),
  validate: () => [],
  validateUpdate: () => [],
};
