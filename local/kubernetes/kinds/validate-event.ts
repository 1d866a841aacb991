import { isDeepStrictEqual } from 'node:util';
import { type FieldError, immutableField, invalidValue, required } from '../errors/field-error.ts';
import { qualifiedName } from '../objects/name-rules.ts';
import type { ClusterEvent } from './event.ts';

const MAX_SHORT_BYTES = 128;
const MAX_NOTE_BYTES = 1_024;
/** Namespaces for Events about cluster-scoped objects. */
const CLUSTER_EVENT_NAMESPACES = ['default', 'kube-system'];

/** Checks the rules that every Event keeps. Errors name some fields as the core group does, like those of the API server. */
export function validateEvent(event: ClusterEvent): FieldError[] {
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
export function validateCreatedEvent(event: ClusterEvent): FieldError[] {
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
} as const satisfies Partial<Record<keyof ClusterEvent, string>>;

/** Checks the additional rules for an update: only the series can change. */
export function validateUpdatedEvent(event: ClusterEvent, old: ClusterEvent): FieldError[] {
  const fields = Object.keys(IMMUTABLE_FIELDS) as (keyof typeof IMMUTABLE_FIELDS)[];
  const changed = fields.filter((field) => !isDeepStrictEqual(event[field], old[field]));
  return [
    ...(isDeepStrictEqual(event.series, old.series) ? [] : seriesErrors(event)),
    ...changed.map((field) => immutableField(IMMUTABLE_FIELDS[field], event[field])),
  ];
}

function seriesErrors({ series }: ClusterEvent): FieldError[] {
  if (series === undefined) return [];
  const { count, lastObservedTime } = series;
  return [
    ...(count < 2 ? [invalidValue('series.count', '', 'should be at least 2')] : []),
    ...(lastObservedTime === null ? [required('series.lastObservedTime')] : []),
  ];
}

/** An Event about a namespaced object may be in any namespace; one about a cluster-scoped object may not. */
function namespaceErrors({ regarding, metadata }: ClusterEvent): FieldError[] {
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
