import { isDeepStrictEqual } from 'node:util';
import { type FieldError, immutableField, invalidValue, required } from '../errors/field-error.ts';
import { qualifiedName } from '../objects/name-rules.ts';
import type { CoreEvent } from './event.ts';

const MAX_SHORT = 128;
const MAX_NOTE = 1_024;
/** Events about things without a namespace are kept in one of these. */
const CLUSTER_EVENT_NAMESPACES = ['default', 'kube-system'];

/**
 * The rules of both groups, most of them for Events that say when they happened (`eventTime`).
 *
 * @param controller what the group calls the field that says who reports
 */
export function validateEvent(
  event: CoreEvent,
  controller: 'reportingComponent' | 'reportingController',
): FieldError[] {
  if (event.eventTime === null) return namespaceErrors(event);
  const { reportingComponent, reportingInstance, action = '', reason = '', message = '' } = event;
  return [
    ...homeErrors(event, CLUSTER_EVENT_NAMESPACES),
    ...(reportingComponent
      ? qualifiedName(reportingComponent).map((m) =>
          invalidValue(controller, reportingComponent, m),
        )
      : [required(controller)]),
    ...shortText('reportingInstance', reportingInstance),
    ...shortText('action', action),
    ...shortText('reason', reason),
    ...(Buffer.byteLength(message) > MAX_NOTE ? [atMost('message', MAX_NOTE)] : []),
  ];
}

/** The further rules of events.k8s.io/v1 for a new Event. */
export function validateNewEvent(event: CoreEvent): FieldError[] {
  const { eventTime, type = '', firstTimestamp, lastTimestamp, count, source } = event;
  const unset = { firstTimestamp, lastTimestamp, count, source: source.component ?? source.host };
  return [
    ...seriesErrors(event),
    ...(eventTime === null ? [required('eventTime')] : []),
    ...(type === 'Normal' || type === 'Warning'
      ? []
      : [invalidValue('type', '', `has invalid value: ${type}`)]),
    ...Object.entries(unset)
      .filter(([, value]) => value !== undefined && value !== null)
      .map(([field]) => invalidValue(field, '', 'needs to be unset')),
  ];
}

const IMMUTABLE = [
  'involvedObject',
  'reason',
  'message',
  'source',
  'firstTimestamp',
  'lastTimestamp',
  'count',
  'type',
  'eventTime',
  'action',
  'related',
  'reportingComponent',
  'reportingInstance',
] as const satisfies readonly (keyof CoreEvent)[];

/** The further rules of events.k8s.io/v1 for a change: a series may begin, grow and end. */
export function validateNewEventUpdate(event: CoreEvent, old: CoreEvent): FieldError[] {
  const changed = IMMUTABLE.filter((field) => !isDeepStrictEqual(event[field], old[field]));
  return [
    ...(isDeepStrictEqual(event.series, old.series) ? [] : seriesErrors(event)),
    ...changed.map((field) => immutableField(field, event[field])),
  ];
}

function seriesErrors({ series }: CoreEvent): FieldError[] {
  if (series === undefined) return [];
  const { count, lastObservedTime } = series;
  return [
    ...(count < 2 ? [invalidValue('series.count', '', 'should be at least 2')] : []),
    ...(lastObservedTime === null ? [required('series.lastObservedTime')] : []),
  ];
}

function namespaceErrors(event: CoreEvent): FieldError[] {
  const about = event.involvedObject.namespace ?? '';
  if (about === '') return homeErrors(event, ['default']);
  return about === event.metadata.namespace ? [] : [otherNamespace(about)];
}

// What is about a thing in a namespace may be kept in any other, once it says when it happened.
function homeErrors({ involvedObject, metadata }: CoreEvent, homes: readonly string[]) {
  const isAtHome = involvedObject.namespace || homes.includes(metadata.namespace ?? '');
  return isAtHome ? [] : [otherNamespace('')];
}

const otherNamespace = (namespace: string) =>
  invalidValue('involvedObject.namespace', namespace, 'does not match event.namespace');

function shortText(field: string, value: string): FieldError[] {
  if (!value) return [required(field)];
  return Buffer.byteLength(value) > MAX_SHORT ? [atMost(field, MAX_SHORT)] : [];
}

// It says characters, and counts bytes.
const atMost = (field: string, length: number) =>
  invalidValue(field, '', `can have at most ${length} characters`);
