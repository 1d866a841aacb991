import { isDeepStrictEqual } from 'node:util';
import { z } from 'zod';
import { type FieldError, immutableField, invalidValue, required } from '../errors/field-error.ts';
import { dnsSubdomain, qualifiedName } from '../objects/name-rules.ts';
import { SentMetadata } from '../objects/stored-object.ts';
import type { ResourceDefinition } from './resource-definition.ts';

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

const EventSeries = z.object({
  count: z.number().default(0),
  lastObservedTime: MicroTime.nullable().default(null),
});

const StoredClusterEvent = z.object({
  metadata: SentMetadata,
  regarding: ObjectReference.default({}),
  related: ObjectReference.optional(),
  reason: z.string().optional(),
  note: z.string().optional(),
  type: z.string().optional(),
  action: z.string().optional(),
  eventTime: MicroTime.nullable().default(null),
  series: EventSeries.optional(),
  reportingController: z.string().default(''),
  reportingInstance: z.string().default(''),
  deprecatedSource: Source.default({}),
  deprecatedFirstTimestamp: Time.nullable().default(null),
  deprecatedLastTimestamp: Time.nullable().default(null),
  deprecatedCount: z.number().optional(),
});
export type StoredClusterEvent = z.infer<typeof StoredClusterEvent>;

const REFERENCE_FIELDS = ObjectReference.keyof().options;

/** Events of `events.k8s.io/v1`. After creation only `series` can change. The same Events in the core group are not served. */
export const EVENTS: ResourceDefinition<StoredClusterEvent> = {
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
  decode: (body) => StoredClusterEvent.parse(body),
  prepareCreate: (event) => event,
  prepareUpdate: (event) => event,
  validate: validateEvent,
  validateCreate: validateCreatedEvent,
  validateUpdate: validateUpdatedEvent,
};

const MAX_SHORT_BYTES = 128;
const MAX_NOTE_BYTES = 1_024;
/** Namespaces for Events about cluster-scoped objects. */
const CLUSTER_EVENT_NAMESPACES = ['default', 'kube-system'];

/** Checks the rules that every Event keeps. Errors name some fields as the core group does, like those of the API server. */
function validateEvent(event: StoredClusterEvent): FieldError[] {
  const { eventTime, reportingController, reportingInstance } = event;
  const { action = '', reason = '', note = '' } = event;
  // An Event without a time cannot be created; one that was stored needs no further check.
  if (eventTime === null) return [];
  return [
    ...namespaceErrors(event),
    ...(reportingController
      ? qualifiedName(reportingController).map((message) =>
          invalidValue('reportingController', reportingController, message),
        )
      : [required('reportingController')]),
    ...shortTextErrors('reportingInstance', reportingInstance),
    ...shortTextErrors('action', action),
    ...shortTextErrors('reason', reason),
    ...(Buffer.byteLength(note) > MAX_NOTE_BYTES ? [tooManyBytes('message', MAX_NOTE_BYTES)] : []),
  ];
}

/** Checks the additional rules for a new Event. */
function validateCreatedEvent(event: StoredClusterEvent): FieldError[] {
  const { eventTime, type = '', deprecatedSource } = event;
  const deprecated = {
    firstTimestamp: event.deprecatedFirstTimestamp,
    lastTimestamp: event.deprecatedLastTimestamp,
    count: event.deprecatedCount,
    source: deprecatedSource.component ?? deprecatedSource.host,
  };
  return [
    ...seriesErrors(event),
    ...(eventTime === null ? [required('eventTime')] : []),
    ...(type === 'Normal' || type === 'Warning'
      ? []
      : [invalidValue('type', '', `has invalid value: ${type}`)]),
    ...Object.entries(deprecated)
      .filter(([, value]) => value !== undefined && value !== null)
      .map(([field]) => invalidValue(field, '', 'needs to be unset')),
  ];
}

/** The fields that never change, with their names in errors. */
const IMMUTABLE_FIELDS = {
  regarding: 'involvedObject',
  reason: 'reason',
  note: 'message',
  deprecatedSource: 'source',
  deprecatedFirstTimestamp: 'firstTimestamp',
  deprecatedLastTimestamp: 'lastTimestamp',
  deprecatedCount: 'count',
  type: 'type',
  eventTime: 'eventTime',
  action: 'action',
  related: 'related',
  reportingController: 'reportingComponent',
  reportingInstance: 'reportingInstance',
} as const satisfies Partial<Record<keyof StoredClusterEvent, string>>;

/** Checks the additional rules for an update: only the series can change. */
function validateUpdatedEvent(event: StoredClusterEvent, old: StoredClusterEvent): FieldError[] {
  const fields = Object.keys(IMMUTABLE_FIELDS) as (keyof typeof IMMUTABLE_FIELDS)[];
  const changed = fields.filter((field) => !isDeepStrictEqual(event[field], old[field]));
  return [
    ...(isDeepStrictEqual(event.series, old.series) ? [] : seriesErrors(event)),
    ...changed.map((field) => immutableField(IMMUTABLE_FIELDS[field], event[field])),
  ];
}

function seriesErrors({ series }: StoredClusterEvent): FieldError[] {
  if (series === undefined) return [];
  const { count, lastObservedTime } = series;
  return [
    ...(count < 2 ? [invalidValue('series.count', '', 'should be at least 2')] : []),
    ...(lastObservedTime === null ? [required('series.lastObservedTime')] : []),
  ];
}

/** An Event about a namespaced object may be in any namespace; one about a cluster-scoped object may not. */
function namespaceErrors({ regarding, metadata }: StoredClusterEvent): FieldError[] {
  if (regarding.namespace || CLUSTER_EVENT_NAMESPACES.includes(metadata.namespace ?? '')) return [];
  return [invalidValue('involvedObject.namespace', '', 'does not match event.namespace')];
}

function shortTextErrors(field: string, value: string): FieldError[] {
  if (!value) return [required(field)];
  return Buffer.byteLength(value) > MAX_SHORT_BYTES ? [tooManyBytes(field, MAX_SHORT_BYTES)] : [];
}

/** The API server's message says characters, but it counts bytes. */
const tooManyBytes = (field: string, max: number) =>
  invalidValue(field, '', `can have at most ${max} characters`);
