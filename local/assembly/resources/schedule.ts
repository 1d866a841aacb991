import * as z from 'zod';
import {
  physicalName,
  type ResourceType,
  readProperties,
  type StackResource,
} from '../resource-type.ts';

/** A schedule of EventBridge Scheduler. */
export interface Schedule {
  readonly kind: 'schedule';
  readonly name: string;
  /** ARN of its group, for which its role has to trust the Scheduler. */
  readonly groupArn: string;
  /** `rate(...)` or `cron(...)`, in UTC. */
  readonly expression: string;
  readonly enabled: boolean;
  readonly targetArn: string;
  /** The event that the target gets, as JSON. */
  readonly input: string;
  readonly roleArn: string;
}

// The retry policy is about an invocation that cannot be handed over; here that is an error at once.
const schema = z.strictObject({
  Description: z.string().optional(),
  FlexibleTimeWindow: z.strictObject({ Mode: z.literal('OFF') }),
  GroupName: z.string().default('default'),
  Name: z.string().optional(),
  ScheduleExpression: z.string(),
  ScheduleExpressionTimezone: z.enum(['UTC', 'Etc/UTC']).default('UTC'),
  State: z.enum(['ENABLED', 'DISABLED']).default('ENABLED'),
  Target: z.strictObject({
    Arn: z.string(),
    Input: z.string(),
    RetryPolicy: z
      .strictObject({
        MaximumEventAgeInSeconds: z.number().int().min(60).max(86_400).optional(),
        MaximumRetryAttempts: z.number().int().min(0).max(185).optional(),
      })
      .optional(),
    RoleArn: z.string(),
  }),
});

const nameOf = (resource: StackResource) => physicalName(resource, 'Name', 64);

const groupOf = (resource: StackResource) => resource.property('GroupName') ?? 'default';

function arnOf(resource: StackResource): string {
  const { partition, region, account } = resource;
  const path = `${groupOf(resource)}/${nameOf(resource)}`;
  return `arn:${partition}:scheduler:${region}:${account}:schedule/${path}`;
}

export const schedule: ResourceType<Schedule> = {
  type: 'AWS::Scheduler::Schedule',
  ref: nameOf,
  attributes: { Arn: arnOf },
  read: (resource) => {
    const { partition, region, account } = resource;
    const properties = readProperties(resource, schema);
    return {
      kind: 'schedule',
      name: nameOf(resource),
      groupArn: `arn:${partition}:scheduler:${region}:${account}:schedule-group/${properties.GroupName}`,
      expression: properties.ScheduleExpression,
      enabled: properties.State === 'ENABLED',
      targetArn: properties.Target.Arn,
      input: properties.Target.Input,
      roleArn: properties.Target.RoleArn,
    };
  },
};
