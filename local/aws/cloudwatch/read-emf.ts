import * as z from 'zod';
import type { MetricIdentity } from '../../assembly/resources/metric-query.ts';

/** Values of one metric, as a line of the embedded metric format brings them. */
export interface EmbeddedMetric {
  readonly metric: MetricIdentity;
  readonly values: readonly number[];
  readonly at: Date;
}

/** A line of the embedded metric format of which CloudWatch would make no metric. */
export class EmbeddedMetricError extends Error {
  override readonly name = 'EmbeddedMetricError';
}

const LONGEST_LINE = 1_048_576;
const HOUR_MILLISECONDS = 3_600_000;
const OLDEST_HOURS = 14 * 24;
const NEWEST_HOURS = 2;

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
 * The metrics in a line of a log, none when it is no line of the embedded metric format.
 * @throws EmbeddedMetricError where the specification of the format is not kept: CloudWatch drops such a line, and says so
 * in a metric that nobody looks at.
 */
export function readEmbeddedMetrics(line: string, now: Date): readonly EmbeddedMetric[] {
  const json = parseObject(line);
  if (json === undefined || !('_aws' in json)) return [];
  if (line.length > LONGEST_LINE) throw new EmbeddedMetricError('the line is too long');
  const document = check('the line', documentSchema, json);
  const { Timestamp, CloudWatchMetrics } = document._aws;
  const at = new Date(Timestamp);
  checkAge(at, now);
  return CloudWatchMetrics.flatMap(({ Namespace, Dimensions, Metrics }) =>
    Dimensions.flatMap((keys) => {
      const dimensions = Object.fromEntries(
        keys.map((key) => [key, check(`dimension ${key}`, dimensionSchema, json[key])]),
      );
      return Metrics.map(({ Name }) => ({
        metric: { namespace: Namespace, name: Name, dimensions },
        values: check(`metric ${Name}`, valuesSchema, json[Name]),
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

function check<S extends z.ZodType>(what: string, schema: S, value: unknown): z.output<S> {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new EmbeddedMetricError(`${what}: ${z.prettifyError(parsed.error)}`);
}

// CloudWatch takes two weeks of the past and two hours of the future.
function checkAge(at: Date, now: Date): void {
  const hours = (now.getTime() - at.getTime()) / HOUR_MILLISECONDS;
  if (hours <= OLDEST_HOURS && hours >= -NEWEST_HOURS) return;
  throw new EmbeddedMetricError(`the timestamp ${at.toISOString()} is too far from now`);
}
