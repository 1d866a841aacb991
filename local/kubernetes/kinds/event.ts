import { z } from 'zod';
import { dnsSubdomain } from '../objects/name-rules.ts';
import { SentMetadata } from '../objects/stored-object.ts';
import type { ResourceDefinition } from './resource-definition.ts';
import { validateCreatedEvent, validateEvent, validateUpdatedEvent } from './validate-event.ts';

const MicroTime = z
  .string()
  .regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}(Z|[+-]\d\d:\d\d)$/, 'cannot parse as a MicroTime');
const Time = z.iso.datetime({ offset: true });

const ObjectReference = z.object({
  kind: z.string().optional(),
  namespace: z.string().optional(),
  name: z.string().optional(),
  uid: z.string().optional(),
  apiVersion: z.string().optional(),
  resourceVersion: z.string().optional(),
  fieldPath: z.string().optional(),
});
const Source = z.object({ component: z.string().optional(), host: z.string().optional() });

const Series = z.object({
  count: z.number().default(0),
  lastObservedTime: MicroTime.nullable().default(null),
});

const ClusterEvent = z.object({
  metadata: SentMetadata,
  regarding: ObjectReference.default({}),
  related: ObjectReference.optional(),
  reason: z.string().optional(),
  note: z.string().optional(),
  type: z.string().optional(),
  action: z.string().optional(),
  eventTime: MicroTime.nullable().default(null),
  series: Series.optional(),
  reportingController: z.string().default(''),
  reportingInstance: z.string().default(''),
  deprecatedSource: Source.default({}),
  deprecatedFirstTimestamp: Time.nullable().default(null),
  deprecatedLastTimestamp: Time.nullable().default(null),
  deprecatedCount: z.number().optional(),
});
export type ClusterEvent = z.infer<typeof ClusterEvent>;

const REFERENCE_FIELDS = ObjectReference.keyof().options;

/** Events of `events.k8s.io/v1`. After creation only `series` can change. The same Events in the core group are not served. */
export const EVENTS: ResourceDefinition<ClusterEvent> = {
  group: 'events.k8s.io',
  version: 'v1',
  kind: 'Event',
  plural: 'events',
  isNamespaced: true,
  collection: 'events',
  subresources: [],
  nameRule: dnsSubdomain,
  fields: ['reason', 'type', ...REFERENCE_FIELDS.map((field) => `regarding.${field}`)],
  fieldsOf: ({ reason, type, regarding }) => ({
    reason,
    type,
    ...Object.fromEntries(
      REFERENCE_FIELDS.map((field) => [`regarding.${field}`, regarding[field]]),
    ),
  }),
  decode: (body) => ClusterEvent.parse(body),
  prepareCreate: (event) => event,
  prepareUpdate: (event) => event,
  validate: validateEvent,
  validateCreate: validateCreatedEvent,
  validateUpdate: validateUpdatedEvent,
};
