/** When a schedule fires. */
interface Recurrence {
  /** Returns the first time at or after `from`. */
  first(from: Date): Date;
  /** Returns the time after `fired`. */
  next(fired: Date): Date;
}

/** An expression that EventBridge Scheduler would reject, or that the embedded one does not support. */
class ScheduleExpressionError extends Error {
  override readonly name = 'ScheduleExpressionError';
}

const UNIT_MINUTES: Readonly<Partial<Record<string, number>>> = {
  minute: 1,
  minutes: 1,
  hour: 60,
  hours: 60,
  day: 1_440,
  days: 1_440,
};

const MINUTE_MS = 60_000;

/**
 * Parses `rate(<n> <unit>)` and cron expressions for minutes of every hour, `cron(<minutes> * * * ? *)`. A rate fires when
 * the schedule is created and then at its interval (Scheduler user guide, "Schedule types").
 *
 * @throws ScheduleExpressionError
 */
export function parseScheduleExpression(expression: string): Recurrence {
  const [, count, unit = ''] = /^rate\((\d+) (\w+)\)$/.exec(expression) ?? [];
  const unitMinutes = UNIT_MINUTES[unit];
  if (unitMinutes !== undefined && Number(count) > 0)
    return everyMinutes(Number(count) * unitMinutes);
  const minutes = /^cron\((\S+) \* \* \* \? \*\)$/.exec(expression)?.[1];
  if (minutes !== undefined) return minutesOfHour(readMinutes(expression, minutes));
  throw unsupported(expression);
}

function everyMinutes(minutes: number): Recurrence {
  return {
    first: (from) => from,
    next: (fired) => new Date(fired.getTime() + minutes * MINUTE_MS),
  };
}

function minutesOfHour(minutes: ReadonlySet<number>): Recurrence {
  const notBefore = (from: Date): Date => {
    let time = Math.ceil(from.getTime() / MINUTE_MS) * MINUTE_MS;
    while (!minutes.has(new Date(time).getUTCMinutes())) time += MINUTE_MS;
    return new Date(time);
  };
  return { first: notBefore, next: (fired) => notBefore(new Date(fired.getTime() + 1)) };
}

function readMinutes(expression: string, field: string): ReadonlySet<number> {
  const minutes = field.split(',').flatMap((part) => {
    const [, from, step] = /^(\d{1,2}|\*)(?:\/(\d{1,2}))?$/.exec(part) ?? [];
    if (from === undefined || Number(step) === 0) throw unsupported(expression);
    const first = from === '*' ? 0 : Number(from);
    if (from !== '*' && step === undefined) return [first];
    return Array.from({ length: 60 }, (_, index) => first + index * Number(step ?? 1));
  });
  const inHour = new Set(minutes.filter((minute) => minute < 60));
  if (inHour.size === 0) throw unsupported(expression);
  return inHour;
}

function unsupported(expression: string): ScheduleExpressionError {
  return new ScheduleExpressionError(
    `schedule expression ${expression} is not supported here; only rate(n minutes|hours|days) and cron(<minutes> * * * ? *) are`,
  );
}
