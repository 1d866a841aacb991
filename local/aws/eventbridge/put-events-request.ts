import * as z from 'zod';
import { AwsJsonRefusal } from '../http/aws-json.ts';

/** The end of the year 9999. */
const LAST_SECOND = 253_402_300_799;

const entrySchema = z.object({
  /** Seconds since 1970, as AWS JSON writes a time. */
  Time: z.number().min(0).max(LAST_SECOND).optional(),
  Source: z.string().optional(),
  Resources: z.array(z.string()).optional(),
  DetailType: z.string().optional(),
  Detail: z.string().optional(),
  EventBusName: z.string().optional(),
  TraceHeader: z.string().optional(),
});

const inputSchema = z.object({
  Entries: z.array(entrySchema).nullish(),
  EndpointId: z
    .undefined({ error: 'global endpoints are not there in the embedded EventBridge' })
    .optional(),
});

/** An entry of a PutEvents request, as it came. */
export type PutEventsEntry = z.output<typeof entrySchema>;

/** Entries of a request (API reference, PutEvents). */
const MOST_ENTRIES = 10;

/**
 * Bytes of all entries of a request. EventBridge takes more since 2025, but its own models and most copies of its
 * documentation still say 256 KB: who stays below that is right everywhere.
 */
const MOST_BYTES = 256 * 1_024;

/** Name or ARN of a bus (API reference, PutEventsRequestEntry). */
const BUS_NAME =
  /^(arn:aws[\w-]*:events:[a-z]{2,3}-[a-z]+-[\w-]+:\d{12}:event-bus\/)?[/.\-_A-Za-z0-9]{1,256}$/;

/** What an entry's `Time` counts for, in bytes (user guide, "Calculating PutEvents event entry size"). */
const TIME_BYTES = 14;

/** The entries of a PutEvents request. @throws AwsJsonRefusal for a request that EventBridge refuses as a whole. */
export function readPutEventsInput(body: string): readonly PutEventsEntry[] {
  const parsed = inputSchema.safeParse(parseJson(body));
  if (!parsed.success) {
    throw new AwsJsonRefusal('SerializationException', z.prettifyError(parsed.error));
  }
  const { Entries } = parsed.data;
  if (!Entries) throw constraint('null', 'entries', 'not be null');
  if (Entries.length === 0) {
    throw constraint("'[]'", 'entries', 'have length greater than or equal to 1');
  }
  if (Entries.length > MOST_ENTRIES) {
    throw constraint("'[...]'", 'entries', `have length less than or equal to ${MOST_ENTRIES}`);
  }
  Entries.forEach(checkBusName);
  if (Entries.reduce((sum, entry) => sum + bytesOf(entry), 0) > MOST_BYTES) {
    throw invalid('Total size of the entries in the request is over the limit.');
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
    throw new AwsJsonRefusal('SerializationException', `the body is no JSON: ${String(error)}`);
  }
}

function checkBusName({ EventBusName: name }: PutEventsEntry, index: number): void {
  if (name === undefined || BUS_NAME.test(name)) return;
  const place = `entries.${index + 1}.member.eventBusName`;
  throw constraint(`'${name}'`, place, `satisfy regular expression pattern: ${BUS_NAME.source}`);
}

function constraint(value: string, place: string, must: string): AwsJsonRefusal {
  return invalid(
    `1 validation error detected: Value ${value} at '${place}' failed to satisfy constraint: Member must ${must}`,
  );
}

function invalid(message: string): AwsJsonRefusal {
  return new AwsJsonRefusal('ValidationException', message);
}
