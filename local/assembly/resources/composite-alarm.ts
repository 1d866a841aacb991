import * as z from 'zod';
import { type ResourceType, readProperties } from '../resource-type.ts';
import { alarmNaming } from './metric-alarm.ts';

/** A CloudWatch alarm on the states of other alarms. */
export interface CompositeAlarm {
  readonly kind: 'composite-alarm';
  readonly name: string;
  readonly arn: string;
  readonly description: string;
  readonly alarmActions: readonly string[];
  readonly okActions: readonly string[];
  /** E.g. `ALARM("<arn>") OR NOT OK("<arn>")`. */
  readonly rule: string;
}

const schema = z.strictObject({
  ActionsEnabled: z.literal(true).optional(),
  AlarmActions: z.array(z.string()).max(5).default([]),
  AlarmDescription: z.string().max(1_024).default(''),
  AlarmName: z.string().min(1).max(255).optional(),
  AlarmRule: z.string().min(1).max(10_240),
  OKActions: z.array(z.string()).max(5).default([]),
  Tags: z.unknown().optional(),
});

const { nameOf, arnOf } = alarmNaming;

export const compositeAlarm: ResourceType<CompositeAlarm> = {
  type: 'AWS::CloudWatch::CompositeAlarm',
  ref: nameOf,
  attributes: { Arn: arnOf },
  read: (resource) => {
    const properties = readProperties(resource, schema);
    return {
      kind: 'composite-alarm',
      name: nameOf(resource),
      arn: arnOf(resource),
      description: properties.AlarmDescription,
      alarmActions: properties.AlarmActions,
      okActions: properties.OKActions,
      rule: properties.AlarmRule,
    };
  },
};
