import { type Assembly, resourcesOf } from '../assembly/assembly.ts';
import type { Schedule } from '../assembly/resources/schedule.ts';
import type { Clock } from '../clock.ts';
import type { Functions } from '../lambda/functions.ts';
import type { Timeline } from '../timeline.ts';
import type { Iam } from './iam.ts';
import { parseScheduleExpression } from './schedule-expression.ts';

/** A schedule could not hand its event over. AWS would count it in a metric and say nothing. */
export class ScheduleDeliveryError extends Error {
  override readonly name = 'ScheduleDeliveryError';
}

/** EventBridge Scheduler, by the embedded clock. */
export interface Scheduler {
  /**
   * Moves the clock forward by `seconds` and fires what comes due on the way, in order; each time, the invocations end
   * before the clock goes on. The only way to have time pass for schedules and retries.
   * @throws ScheduleDeliveryError, RoleTrustError
   */
  advance(seconds: number): Promise<void>;
  /** Has no schedule invoke anything, as if each were disabled; the result takes that away. */
  pause(): () => void;
}

/** What the Scheduler is made of. */
export interface SchedulerDeps {
  readonly assembly: Assembly;
  readonly iam: Iam;
  readonly clock: Clock;
  readonly timeline: Timeline;
  readonly functions: Pick<Functions, 'invokeAsync' | 'settled'>;
}

const SERVICE = 'scheduler.amazonaws.com';

/**
 * Has the assembly's schedules fire from now on.
 * @throws ScheduleExpressionError for an expression that is not run here, ScheduleDeliveryError for a target that is no
 * function of the assembly or an input that is no JSON.
 */
export function startScheduler(deps: SchedulerDeps): Scheduler {
  const { assembly, clock, timeline, functions } = deps;
  const arns = new Set(resourcesOf(assembly, 'lambda-function').map(({ arn }) => arn));
  let isPaused = false;
  for (const schedule of resourcesOf(assembly, 'schedule')) {
    if (!arns.has(schedule.targetArn)) throw failure(schedule, 'is no function of the assembly');
    const event = readInput(schedule);
    const recurrence = parseScheduleExpression(schedule.expression);
    const fireAt = (due: Date): void =>
      timeline.at(due, () => {
        fireAt(recurrence.next(due));
        if (isPaused) return;
        authorize(deps, schedule);
        functions.invokeAsync(schedule.targetArn, event);
      });
    if (schedule.enabled) fireAt(recurrence.first(clock.now()));
  }
  return {
    advance: (seconds) => timeline.advance(seconds, functions.settled),
    pause: () => {
      isPaused = true;
      return () => {
        isPaused = false;
      };
    },
  };
}

function authorize({ assembly, iam }: SchedulerDeps, schedule: Schedule): void {
  const session = iam.issueServiceSession(schedule.roleArn, SERVICE, 'scheduler', {
    sourceArn: schedule.groupArn,
    sourceAccount: assembly.target.account,
  });
  const decision = iam.decide(session, 'lambda:InvokeFunction', schedule.targetArn);
  if (decision.outcome !== 'allowed') {
    throw failure(schedule, `may not be invoked: ${schedule.roleArn} lacks lambda:InvokeFunction`);
  }
}

function readInput(schedule: Schedule): unknown {
  try {
    return JSON.parse(schedule.input);
  } catch (error) {
    throw failure(schedule, `cannot get ${schedule.input}, which is not JSON`, error);
  }
}

function failure(schedule: Schedule, what: string, cause?: unknown): ScheduleDeliveryError {
  const message = `schedule ${schedule.name}: its target ${schedule.targetArn} ${what}`;
  return new ScheduleDeliveryError(message, { cause });
}
