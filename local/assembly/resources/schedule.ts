import * as z from 'zod';
import { regionalArn } from '../../aws/arn.ts';
import { naming, type ResourceType, readProperties } from '../resource-type.ts';

/** An EventBridge Scheduler schedule. */
export interface Schedule {
  readonly kind: 'schedule';
  readonly name: string;
  /** ARN of the schedule group, on whose behalf the Scheduler assumes the role. */
  readonly groupArn: string;
  /** `rate(...)` or `cron(...)`, in UTC. */
  readonly expression: string;
  readonly enabled: boolean;
  readonly targetArn: string;
  /** The event for the target, as JSON. */
  readonly input: string;
  readonly roleArn: string;
}

// The retry policy applies to failed deliveries; in the embedded cloud these are errors.
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

const { nameOf, arnOf } = naming({
  property: 'Name',
  maxLength: 64,
  service: 'scheduler',
  path: (name, resource) => `schedule/${resource.property('GroupName') ?? 'default'}/${name}`,
});

export const schedule: ResourceType<Schedule> = {
  type: 'AWS::Scheduler::Schedule',
  ref: nameOf,
  attributes: { Arn: arnOf },
  read: (resource) => {
    const properties = readProperties(resource, schema);
    return {
      kind: 'schedule',
      name: nameOf(resource),
      groupArn: regionalArn(resource, 'scheduler', `schedule-group/${properties.GroupName}`),
      expression: properties.ScheduleExpression,
      enabled: properties.State === 'ENABLED',
      targetArn: properties.Target.Arn,
      input: properties.Target.Input,
      roleArn: properties.Target.RoleArn,
    };
  },
};
