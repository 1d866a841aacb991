import { isRecord } from '../../../contract/is-record.ts';
import type { PutEventsEntry } from './put-events-request.ts';

/** A valid entry. */
export interface AcceptedEntry {
  /** Name or ARN of the bus, as in the entry. */
  readonly eventBusName: string;
  readonly source: string;
  readonly detailType: string;
  readonly detail: Readonly<Record<string, unknown>>;
  readonly resources: readonly string[];
  readonly time: Date | undefined;
}

/** Why one entry failed, in EventBridge's own words. The other entries of the request are unaffected. */
export interface EntryFailure {
  readonly ErrorCode: string;
  readonly ErrorMessage: string;
}

/** The failures of an entry that may succeed when it is sent again. */
export type RetryableEntryFault = 'ThrottlingException' | 'InternalFailure';

const RETRYABLE_MESSAGES: Readonly<Record<RetryableEntryFault, string>> = {
  ThrottlingException: 'Rate exceeded',
  InternalFailure: 'Internal Service Failure',
};

/** Maximum length of a `DetailType` (API reference, PutEventsRequestEntry). */
const MAX_DETAIL_TYPE_LENGTH = 128;

/** Validates an entry. */
export function readPutEventsEntry(entry: PutEventsEntry): AcceptedEntry | EntryFailure {
  const { Source, DetailType, Detail } = entry;
  if (!Source) return missing('Source');
  if (!DetailType) return missing('DetailType');
  if (!Detail) return missing('Detail');
  if (DetailType.length > MAX_DETAIL_TYPE_LENGTH) {
    return invalid('DetailType', `longer than ${MAX_DETAIL_TYPE_LENGTH} characters`);
  }
  // Such sources are reserved for AWS.
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

/** Returns the failure of a valid entry that EventBridge throttles or fails to process. */
export function retryableFailure(code: RetryableEntryFault): EntryFailure {
  return { ErrorCode: code, ErrorMessage: RETRYABLE_MESSAGES[code] };
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
