import * as z from 'zod';
import type { MetricIdentity } from '../../assembly/resources/metric-query.ts';

/** Values of one metric in a line of the embedded metric format (EMF). */
interface EmbeddedMetric {
  readonly metric: MetricIdentity;
  readonly values: readonly number[];
  readonly at: Date;
}

/** A line of the embedded metric format that CloudWatch would drop. */
export class EmbeddedMetricError extends Error {
  override readonly name = 'EmbeddedMetricError';
}

const MAX_LINE_LENGTH = 1_048_576;
const HOUR_MS = 3_600_000;
const MAX_AGE_HOURS = 14 * 24;
const MAX_FUTURE_HOURS = 2;

const name = z.string().min(1).max(255);

const documentSchema = z.looseObject({
  _aws: z.looseObject({
    Timestamp: z.number().int(),
    CloudWatchMetrics: z.array(
      z.looseObject({
        Namespace: name,
        Dimensions: z.array(z.array(name).max(30)).min(1),
        Metrics: z.array(z.looseObject({ Name: name })).max(100),
      }),
    ),
  }),
});

const valuesSchema = z
  .union([z.number().transform((one) => [one]), z.array(z.number()).max(100)])
  .readonly();
const dimensionSchema = z.string().min(1).max(1_024);

/**
 * Extracts the metrics from a log line; none if it is not in the embedded metric format.
 *
 * @throws EmbeddedMetricError if the line violates the format's specification: CloudWatch drops such a line and only
 * counts it in a metric
 */
export function readEmbeddedMetrics(line: string, now: Date): readonly EmbeddedMetric[] {
  const json = parseObject(line);
  if (json === undefined || !('_aws' in json)) return [];
  if (line.length > MAX_LINE_LENGTH)
    throw new EmbeddedMetricError(`the line is longer than ${MAX_LINE_LENGTH} characters`);
  const document = validate('the line', documentSchema, json);
  const { Timestamp, CloudWatchMetrics } = document._aws;
  const at = new Date(Timestamp);
  checkAge(at, now);
  return CloudWatchMetrics.flatMap(({ Namespace, Dimensions, Metrics }) =>
    Dimensions.flatMap((keys) => {
      const dimensions = Object.fromEntries(
        keys.map((key) => [key, validate(`dimension ${key}`, dimensionSchema, json[key])]),
      );
      return Metrics.map(({ Name }) => ({
        metric: { namespace: Namespace, name: Name, dimensions },
        values: validate(`metric ${Name}`, valuesSchema, json[Name]),
        at,
      }));
    }),
  );
}

function parseObject(line: string): Readonly<Record<string, unknown>> | undefined {
  if (!line.startsWith('{')) return undefined;
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

function validate<S extends z.ZodType>(what: string, schema: S, value: unknown): z.output<S> {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new EmbeddedMetricError(`${what}: ${z.prettifyError(parsed.error)}`);
}

// CloudWatch accepts timestamps of the past two weeks and the next two hours.
function checkAge(at: Date, now: Date): void {
  const hours = (now.getTime() - at.getTime()) / HOUR_MS;
  if (hours <= MAX_AGE_HOURS && hours >= -MAX_FUTURE_HOURS) return;
  throw new EmbeddedMetricError(
    `the timestamp ${at.toISOString()} is more than 14 days old or more than 2 hours ahead`,
  );
}
