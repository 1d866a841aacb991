import { isDeepStrictEqual } from 'node:util';
import { type FieldError, immutableField, invalidValue, required } from '../field-error.ts';
import { qualifiedName } from '../name-rules.ts';
import type { CoreEvent } from './event.ts';

const MAX_SHORT = 128;
const MAX_NOTE = 1_024;
/** Events about things without a namespace are kept in one of these. */
const CLUSTER_EVENT_NAMESPACES = ['default', 'kube-system'];

/** The rules of the core group, and of every Event that says when it happened (`eventTime`). */
export function validateCoreEvent(
  event: CoreEvent,
  controller = 'reportingComponent',
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
    ...(message.length > MAX_NOTE ? [atMost('message', MAX_NOTE)] : []),
  ];
}

/** The rules of events.k8s.io/v1 for a new Event. */
export function validateNewEvent(event: CoreEvent): FieldError[] {
  const { eventTime, type = '', firstTimestamp, lastTimestamp, count, source } = event;
  const unset = { firstTimestamp, lastTimestamp, count, source: source.component ?? source.host };
  return [
    ...validateCoreEvent(event, 'reportingController'),
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
  'type',
  'eventTime',
  'action',
  'related',
  'reportingComponent',
  'reportingInstance',
] as const satisfies readonly (keyof CoreEvent)[];

/** The rules of events.k8s.io/v1 for a change: a series may begin, grow and end. */
export function validateNewEventUpdate(event: CoreEvent, old: CoreEvent): FieldError[] {
  const changed = IMMUTABLE.filter((field) => !isDeepStrictEqual(event[field], old[field]));
  const isShort = event.series !== undefined && event.series.count < 2;
  return [
    ...(isShort ? [invalidValue('series.count', '', 'should be at least 2')] : []),
    ...changed.map((field) => immutableField(field, event[field])),
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
  return value.length > MAX_SHORT ? [atMost(field, MAX_SHORT)] : [];
}

const atMost = (field: string, length: number) =>
  invalidValue(field, '', `can have at most ${length} characters`);
