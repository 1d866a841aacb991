/** When a schedule fires. */
export interface Recurrence {
  /** The first time not before `from`. */
  first(from: Date): Date;
  /** The time after `fired`. */
  next(fired: Date): Date;
}

/** An expression that AWS would refuse, or that is not run here. */
export class ScheduleExpressionError extends Error {
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

const MINUTE_MILLISECONDS = 60_000;

/**
 * Reads `rate(<n> <unit>)` and, of cron, what says which minutes of every hour: `cron(<minutes> * * * ? *)`.
 * A rate fires when it is made and then by its period (Scheduler user guide, "Schedule types").
 * @throws ScheduleExpressionError
 */
export function parseScheduleExpression(expression: string): Recurrence {
  const [, count, unit = ''] = /^rate\((\d+) (\w+)\)$/.exec(expression) ?? [];
  const unitMinutes = UNIT_MINUTES[unit];
  if (unitMinutes !== undefined && Number(count) > 0)
    return everyMinutes(Number(count) * unitMinutes);
  const minutes = /^cron\((\S+) \* \* \* \? \*\)$/.exec(expression)?.[1];
  if (minutes !== undefined) return minutesOfHour(readMinutes(expression, minutes));
  throw refused(expression);
}

function everyMinutes(minutes: number): Recurrence {
  return {
    first: (from) => from,
    next: (fired) => new Date(fired.getTime() + minutes * MINUTE_MILLISECONDS),
  };
}

function minutesOfHour(minutes: ReadonlySet<number>): Recurrence {
  const notBefore = (from: Date): Date => {
    let time = Math.ceil(from.getTime() / MINUTE_MILLISECONDS) * MINUTE_MILLISECONDS;
    while (!minutes.has(new Date(time).getUTCMinutes())) time += MINUTE_MILLISECONDS;
    return new Date(time);
  };
  return { first: notBefore, next: (fired) => notBefore(new Date(fired.getTime() + 1)) };
}

function readMinutes(expression: string, field: string): ReadonlySet<number> {
  const minutes = field.split(',').flatMap((part) => {
    const [, from, step] = /^(\d{1,2}|\*)(?:\/(\d{1,2}))?$/.exec(part) ?? [];
    if (from === undefined || Number(step) === 0) throw refused(expression);
    const first = from === '*' ? 0 : Number(from);
    if (from !== '*' && step === undefined) return [first];
    return Array.from({ length: 60 }, (_, index) => first + index * Number(step ?? 1));
  });
  const ofHour = new Set(minutes.filter((minute) => minute < 60));
  if (ofHour.size === 0) throw refused(expression);
  return ofHour;
}

function refused(expression: string): ScheduleExpressionError {
  return new ScheduleExpressionError(
    `schedule expression ${expression} is not run here; rate(n minutes|hours|days) and cron(<minutes> * * * ? *) are`,
  );
}
