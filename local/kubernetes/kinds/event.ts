import { z } from 'zod';
import { dnsSubdomain } from '../objects/name-rules.ts';
import type { ResourceDefinition } from './resource-definition.ts';
import { SentMetadata } from '../objects/stored-object.ts';
import { validateEvent, validateNewEvent, validateNewEventUpdate } from './validate-event.ts';

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

/** What the two versions of Events have in common. */
const Shared = {
  metadata: SentMetadata,
  reason: z.string().optional(),
  type: z.string().optional(),
  eventTime: MicroTime.nullable().default(null),
  series: Series.optional(),
  action: z.string().optional(),
  related: ObjectReference.optional(),
  reportingInstance: z.string().default(''),
};

const CoreEvent = z.object({
  ...Shared,
  involvedObject: ObjectReference.default({}),
  message: z.string().optional(),
  source: Source.default({}),
  firstTimestamp: Time.nullable().default(null),
  lastTimestamp: Time.nullable().default(null),
  count: z.number().optional(),
  reportingComponent: z.string().default(''),
});
/** An Event as it is kept: in the form of the core group. */
export type CoreEvent = z.infer<typeof CoreEvent>;

const NewEvent = z.object({
  ...Shared,
  regarding: ObjectReference.default({}),
  note: z.string().optional(),
  deprecatedSource: Source.default({}),
  deprecatedFirstTimestamp: Time.nullable().default(null),
  deprecatedLastTimestamp: Time.nullable().default(null),
  deprecatedCount: z.number().optional(),
  reportingController: z.string().default(''),
});
type NewEvent = z.infer<typeof NewEvent>;

function toCore(event: NewEvent): CoreEvent {
  const { regarding, note, reportingController, ...rest } = event;
  const { deprecatedSource, deprecatedFirstTimestamp, deprecatedLastTimestamp, ...more } = rest;
  const { deprecatedCount, ...shared } = more;
  return {
    ...shared,
    involvedObject: regarding,
    message: note,
    source: deprecatedSource,
    firstTimestamp: deprecatedFirstTimestamp,
    lastTimestamp: deprecatedLastTimestamp,
    count: deprecatedCount,
    reportingComponent: reportingController,
  };
}

function fromCore(event: CoreEvent): NewEvent {
  const { involvedObject, message, source, firstTimestamp, lastTimestamp, ...rest } = event;
  const { count, reportingComponent, ...shared } = rest;
  return {
    ...shared,
    regarding: involvedObject,
    note: message,
    deprecatedSource: source,
    deprecatedFirstTimestamp: firstTimestamp,
    deprecatedLastTimestamp: lastTimestamp,
    deprecatedCount: count,
    reportingController: reportingComponent,
  };
}

const OWN_FIELDS = ['reason', 'type'] as const;
const REFERENCE_FIELDS = ObjectReference.keyof().options;

/** @param reference what the version of the API calls the object that an Event is about */
const fieldsOf =
  (reference: string) =>
  ({ reason, type, involvedObject }: CoreEvent) => ({
    reason,
    type,
    ...Object.fromEntries(
      REFERENCE_FIELDS.map((field) => [`${reference}.${field}`, involvedObject[field]]),
    ),
  });

const fields = (reference: string) => [
  ...OWN_FIELDS,
  ...REFERENCE_FIELDS.map((field) => `${reference}.${field}`),
];

const shared = {
  version: 'v1',
  kind: 'Event',
  plural: 'events',
  isNamespaced: true,
  collection: 'events',
  subresources: [],
  nameRule: dnsSubdomain,
  prepareCreate: (event: CoreEvent) => event,
  prepareUpdate: (event: CoreEvent) => event,
};

/** Events of the core group, which anything may be written into. */
export const CORE_EVENTS: ResourceDefinition<CoreEvent> = {
  ...shared,
  group: '',
  fields: fields('involvedObject'),
  fieldsOf: fieldsOf('involvedObject'),
  decode: (body) => CoreEvent.parse(body),
  encode: (event) => event,
  validate: (event) => validateEvent(event, 'reportingComponent'),
  validateUpdate: () => [],
};

/** The same Events as events.k8s.io/v1 shows them, with its stricter rules: only `series` can change. */
export const EVENTS: ResourceDefinition<CoreEvent> = {
  ...shared,
  group: 'events.k8s.io',
  fields: fields('regarding'),
  fieldsOf: fieldsOf('regarding'),
  decode: (body) => toCore(NewEvent.parse(body)),
  encode: fromCore,
  validate: (event) => validateEvent(event, 'reportingController'),
  validateCreate: validateNewEvent,
  validateUpdate: validateNewEventUpdate,
};
