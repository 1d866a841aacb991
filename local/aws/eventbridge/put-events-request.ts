import * as z from 'zod';
import { ServiceError } from '../http/service-error.ts';

/** The end of the year 9999. */
const MAX_TIME_SECONDS = 253_402_300_799;

const entrySchema = z.object({
  /** Seconds since 1970, as AWS JSON represents a time. */
  Time: z.number().min(0).max(MAX_TIME_SECONDS).optional(),
  Source: z.string().optional(),
  Resources: z.array(z.string()).optional(),
  DetailType: z.string().optional(),
  Detail: z.string().optional(),
  EventBusName: z.string().optional(),
  TraceHeader: z.string().optional(),
});

const requestSchema = z.object({
  Entries: z.array(entrySchema).nullish(),
  EndpointId: z
    .undefined({ error: 'global endpoints are not supported by the embedded EventBridge' })
    .optional(),
});

/** An entry of a PutEvents request, before it is validated. */
export type PutEventsEntry = z.output<typeof entrySchema>;

/** Maximum number of entries in a request (API reference, PutEvents). */
const MAX_ENTRIES = 10;

/**
 * Maximum size of all entries of a request together. EventBridge has accepted more since 2025, but its API model and most
 * of its documentation still state 256 KB: a client that stays below it works either way.
 */
const MAX_BYTES = 256 * 1_024;

/** Pattern of a bus's name or ARN (API reference, PutEventsRequestEntry). */
const BUS_NAME =
  /^(arn:aws[\w-]*:events:[a-z]{2,3}-[a-z]+-[\w-]+:\d{12}:event-bus\/)?[/.\-_A-Za-z0-9]{1,256}$/;

/** Size of an entry's `Time` (user guide, "Calculating PutEvents event entry size"). */
const TIME_BYTES = 14;

/** Reads the entries of a PutEvents request. @throws ServiceError for a request that EventBridge rejects as a whole */
export function readPutEventsRequest(body: string): readonly PutEventsEntry[] {
  const parsed = requestSchema.safeParse(parseJson(body));
  if (!parsed.success) {
    throw new ServiceError(400, 'SerializationException', z.prettifyError(parsed.error));
  }
  const { Entries } = parsed.data;
  if (!Entries) throw constraintError('null', 'entries', 'not be null');
  if (Entries.length === 0) {
    throw constraintError("'[]'", 'entries', 'have length greater than or equal to 1');
  }
  if (Entries.length > MAX_ENTRIES) {
    throw constraintError("'[...]'", 'entries', `have length less than or equal to ${MAX_ENTRIES}`);
  }
  Entries.forEach(checkBusName);
  if (Entries.reduce((sum, entry) => sum + bytesOf(entry), 0) > MAX_BYTES) {
    throw validationError('Total size of the entries in the request is over the limit.');
  }
  return Entries;
}

function bytesOf({ Time, Source, DetailType, Detail, Resources = [] }: PutEventsEntry): number {
  const texts = [Source ?? '', DetailType ?? '', Detail ?? '', ...Resources];
  const time = Time === undefined ? 0 : TIME_BYTES;
  return texts.reduce((sum, text) => sum + Buffer.byteLength(text), time);
}

function parseJson(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch (error) {
    const message = `the body is not JSON: ${String(error)}`;
    throw new ServiceError(400, 'SerializationException', message);
  }
}

function checkBusName({ EventBusName: name }: PutEventsEntry, index: number): void {
  if (name === undefined || BUS_NAME.test(name)) return;
  const member = `entries.${index + 1}.member.eventBusName`;
  throw constraintError(
    `'${name}'`,
    member,
    `satisfy regular expression pattern: ${BUS_NAME.source}`,
  );
}

function constraintError(value: string, member: string, constraint: string): ServiceError {
  return validationError(
    `1 validation error detected: Value ${value} at '${member}' failed to satisfy constraint: Member must ${constraint}`,
  );
}

function validationError(message: string): ServiceError {
  return new ServiceError(400, 'ValidationException', message);
}
