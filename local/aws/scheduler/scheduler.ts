import { type Assembly, resourcesOf } from '../../assembly/assembly.ts';
import type { Schedule } from '../../assembly/resources/schedule.ts';
import type { Functions } from '../lambda/functions.ts';
import type { Timeline } from '../../timeline.ts';
import type { AwsServer } from '../http/aws-server.ts';
import {
  type RestCall,
  type RestDeps,
  type RestOperation,
  RestRefusal,
  startRestService,
} from '../http/rest-json.ts';
import { parseScheduleExpression } from './schedule-expression.ts';

/** A schedule could not hand its event over. AWS would count it in a metric and say nothing. */
export class ScheduleDeliveryError extends Error {
  override readonly name = 'ScheduleDeliveryError';
}

/** EventBridge Scheduler, by the embedded clock, and its server. */
export interface EmbeddedScheduler extends AwsServer {
  /**
   * Moves the clock forward by `seconds` and fires what comes due on the way, in order; each time, the invocations end
   * before the clock goes on. The only way to have time pass for schedules and retries.
   * @throws ScheduleDeliveryError, RoleTrustError
   */
  advance(seconds: number): Promise<void>;
  /** The names of the schedules, in the order of the template. */
  readonly names: readonly string[];
  /** Has a schedule fire or not, from now on. */
  setEnabled(name: string, isEnabled: boolean): void;
  /** Has no schedule invoke anything, as if each were disabled; the result takes that away. */
  pause(): () => void;
}

/** What the Scheduler is made of. */
export interface SchedulerDeps extends RestDeps {
  readonly assembly: Assembly;
  readonly timeline: Timeline;
  readonly functions: Pick<Functions, 'invokeAsync' | 'settled'>;
}

const SERVICE = 'scheduler.amazonaws.com';

/**
 * Has the assembly's schedules fire from now on, and answers GetSchedule.
 * @throws ScheduleExpressionError for an expression that is not run here, ScheduleDeliveryError for a target that is no
 * function of the assembly or an input that is no JSON.
 */
export async function startScheduler(deps: SchedulerDeps): Promise<EmbeddedScheduler> {
  const { assembly, clock, timeline, functions } = deps;
  const schedules = resourcesOf(assembly, 'schedule');
  const enabled = new Set(schedules.filter((one) => one.enabled).map(({ name }) => name));
  const arns = new Set(resourcesOf(assembly, 'lambda-function').map(({ arn }) => arn));
  let isPaused = false;
  for (const schedule of schedules) {
    if (!arns.has(schedule.targetArn)) throw failure(schedule, 'is no function of the assembly');
    const event = readInput(schedule);
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
    arn: (call) => scheduleArn(call),
    handle(call) {
      const [name = ''] = call.parameters;
      const found = schedules.find(
        (one) => one.name === name && groupNameOf(one) === groupOf(call),
      );
      if (!found) {
        const message = `Schedule ${name} does not exist.`;
        throw new RestRefusal(404, 'ResourceNotFoundException', message);
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

function groupOf({ query }: RestCall): string {
  return query.get('groupName') ?? 'default';
}

function scheduleArn(call: RestCall): string {
  const { partition, region, account } = call.scope;
  return `arn:${partition}:scheduler:${region}:${account}:schedule/${groupOf(call)}/${call.parameters[0]}`;
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
