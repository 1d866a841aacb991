import { type Assembly, resourcesOf } from '../../assembly/assembly.ts';
import type { Schedule } from '../../assembly/resources/schedule.ts';
import type { Timeline } from '../../timeline.ts';
import { regionalArn } from '../arn.ts';
import type { AwsServer } from '../http/aws-server.ts';
import {
  type RestCall,
  type RestDeps,
  type RestOperation,
  startRestService,
} from '../http/rest-json.ts';
import { ServiceError } from '../http/service-error.ts';
import type { Functions } from '../lambda/functions.ts';
import { parseScheduleExpression } from './schedule-expression.ts';

/** A schedule cannot invoke its target. AWS only counts this in a metric. */
class ScheduleDeliveryError extends Error {
  override readonly name = 'ScheduleDeliveryError';
}

/** The embedded EventBridge Scheduler, which fires by the embedded clock. */
export interface EmbeddedScheduler extends AwsServer {
  /**
   * Advances the clock and fires the schedules that become due, in order. The clock does not pass a due time before the
   * invocations have ended. Schedules and retries happen in no other way.
   *
   * @throws ScheduleDeliveryError, RoleTrustError
   */
  advance(seconds: number): Promise<void>;
  /** The names of the schedules, in the order of the template. */
  readonly names: readonly string[];
  /** Enables or disables a schedule. */
  setEnabled(name: string, isEnabled: boolean): void;
  /** Disables all schedules, although GetSchedule does not show it. Returns a function that resumes them. */
  pause(): () => void;
}

/** Dependencies of the embedded Scheduler. */
interface SchedulerDeps extends RestDeps {
  readonly assembly: Assembly;
  readonly timeline: Timeline;
  readonly functions: Pick<Functions, 'invokeAsync' | 'settled'>;
}

const SERVICE = 'scheduler.amazonaws.com';

/**
 * Starts the schedules of the assembly, and a Scheduler on a loopback address that supports GetSchedule.
 *
 * @throws ScheduleExpressionError for an unsupported expression; ScheduleDeliveryError for a target that is not a function
 * of the assembly, or an input that is not JSON
 */
export async function startScheduler(deps: SchedulerDeps): Promise<EmbeddedScheduler> {
  const { assembly, clock, timeline, functions } = deps;
  const schedules = resourcesOf(assembly, 'schedule');
  const enabled = new Set(schedules.filter((one) => one.enabled).map(({ name }) => name));
  const arns = new Set(resourcesOf(assembly, 'lambda-function').map(({ arn }) => arn));
  let isPaused = false;
  for (const schedule of schedules) {
    if (!arns.has(schedule.targetArn)) {
      throw deliveryError(schedule, 'is not a function of the assembly');
    }
    const event = parseInput(schedule);
    const recurrence = parseScheduleExpression(schedule.expression);
    const fireAt = (due: Date): void =>
      timeline.at(due, () => {
        fireAt(recurrence.next(due));
        if (isPaused || !enabled.has(schedule.name)) return;
        authorize(deps, schedule);
        functions.invokeAsync(schedule.targetArn, event);
      });
    fireAt(recurrence.first(clock.now()));
  }
  const operations = [getSchedule(schedules, enabled)];
  return {
    ...(await startRestService(deps, { name: 'scheduler', operations })),
    names: schedules.map(({ name }) => name),
    advance: (seconds) => timeline.advance(seconds, functions.settled),
    pause: () => {
      isPaused = true;
      return () => {
        isPaused = false;
      };
    },
    setEnabled: (name, isEnabled) => void (isEnabled ? enabled.add(name) : enabled.delete(name)),
  };
}

function getSchedule(schedules: readonly Schedule[], enabled: ReadonlySet<string>): RestOperation {
  return {
    name: 'GetSchedule',
    method: 'GET',
    path: /^\/schedules\/([^/]+)$/,
    arn: scheduleArn,
    handle(call) {
      const [name = ''] = call.parameters;
      const found = schedules.find(
        (schedule) => schedule.name === name && groupNameOf(schedule) === requestedGroup(call),
      );
      if (!found) {
        const message = `Schedule ${name} does not exist.`;
        throw new ServiceError(404, 'ResourceNotFoundException', message);
      }
      const state = enabled.has(name) ? 'ENABLED' : 'DISABLED';
      return { body: { ...describe(found, scheduleArn(call)), State: state } };
    },
  };
}

function describe(schedule: Schedule, arn: string) {
  const { name, expression, targetArn, roleArn, input } = schedule;
  return {
    Arn: arn,
    Name: name,
    GroupName: groupNameOf(schedule),
    ScheduleExpression: expression,
    Target: { Arn: targetArn, RoleArn: roleArn, Input: input },
  };
}

function groupNameOf({ groupArn }: Schedule): string {
  return groupArn.slice(groupArn.lastIndexOf('/') + 1);
}

function requestedGroup({ query }: RestCall): string {
  return query.get('groupName') ?? 'default';
}

function scheduleArn(call: RestCall): string {
  const path = `schedule/${requestedGroup(call)}/${call.parameters[0]}`;
  return regionalArn(call.scope, 'scheduler', path);
}

function authorize({ assembly, iam }: SchedulerDeps, schedule: Schedule): void {
  const session = iam.issueServiceSession(schedule.roleArn, SERVICE, 'scheduler', {
    sourceArn: schedule.groupArn,
    sourceAccount: assembly.target.account,
  });
  const decision = iam.decide(session, 'lambda:InvokeFunction', schedule.targetArn);
  if (decision.outcome !== 'allowed') {
    throw deliveryError(
      schedule,
      `cannot be invoked: ${schedule.roleArn} lacks lambda:InvokeFunction`,
    );
  }
}

function parseInput(schedule: Schedule): unknown {
  try {
    return JSON.parse(schedule.input);
  } catch (error) {
    throw deliveryError(schedule, `has the input ${schedule.input}, which is not JSON`, error);
  }
}

function deliveryError(
  { name, targetArn }: Schedule,
  problem: string,
  cause?: unknown,
): ScheduleDeliveryError {
  return new ScheduleDeliveryError(`schedule ${name}: target ${targetArn} ${problem}`, { cause });
}
