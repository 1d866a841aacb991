import { isRecord } from '../../kubernetes/is-record.ts';
import type { PutEventsEntry } from './put-events-request.ts';

/** An event that EventBridge takes, without what EventBridge adds. */
export interface AcceptedEntry {
  /** The bus, as the entry names it: by its name or its ARN. */
  readonly eventBusName: string;
  readonly source: string;
  readonly detailType: string;
  readonly detail: Readonly<Record<string, unknown>>;
  readonly resources: readonly string[];
  readonly time: Date | undefined;
}

/** Why one entry of a request failed, in the words of EventBridge; the others are not touched by it. */
export interface EntryFailure {
  readonly ErrorCode: string;
  readonly ErrorMessage: string;
}

/** Characters of a `DetailType` (API reference, PutEventsRequestEntry). */
const MOST_DETAIL_TYPE_CHARACTERS = 128;

/** The event in `entry`, or why EventBridge does not take it. */
export function readPutEventsEntry(entry: PutEventsEntry): AcceptedEntry | EntryFailure {
  const { Source, DetailType, Detail } = entry;
  if (!Source) return missing('Source');
  if (!DetailType) return missing('DetailType');
  if (!Detail) return missing('Detail');
  if (DetailType.length > MOST_DETAIL_TYPE_CHARACTERS) {
    return invalid('DetailType', `longer than ${MOST_DETAIL_TYPE_CHARACTERS} characters`);
  }
  // Sources that begin so are for AWS itself.
  if (Source.startsWith('aws.')) {
    return {
      ErrorCode: 'NotAuthorizedForSourceException',
      ErrorMessage: 'Not authorized for the source.',
    };
  }
  const detail = parseObject(Detail);
  if (!detail) return { ErrorCode: 'MalformedDetail', ErrorMessage: 'Detail is malformed.' };
  return {
    eventBusName: entry.EventBusName ?? 'default',
    source: Source,
    detailType: DetailType,
    detail,
    resources: entry.Resources ?? [],
    time: entry.Time === undefined ? undefined : new Date(entry.Time * 1_000),
  };
}

function missing(parameter: string): EntryFailure {
  return invalid(parameter, `${parameter} is a required argument.`);
}

function invalid(parameter: string, reason: string): EntryFailure {
  return {
    ErrorCode: 'InvalidArgument',
    ErrorMessage: `Parameter ${parameter} is not valid. Reason: ${reason}`,
  };
}

function parseObject(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isRecord(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
