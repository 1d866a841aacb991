import * as z from 'zod';
import {
  physicalName,
  type ResourceType,
  readProperties,
  type StackResource,
} from '../resource-type.ts';

/** A log group of CloudWatch. */
export interface LogGroup {
  readonly kind: 'log-group';
  readonly logGroupName: string;
  /** Days until a line goes; nothing means never. */
  readonly retentionDays: number | undefined;
}

const schema = z.strictObject({
  LogGroupName: z.string().optional(),
  RetentionInDays: z.number().int().positive().optional(),
  Tags: z.unknown().optional(),
});

const nameOf = (resource: StackResource) => physicalName(resource, 'LogGroupName', 512);

export const logGroup: ResourceType<LogGroup> = {
  type: 'AWS::Logs::LogGroup',
  ref: nameOf,
  attributes: {
    Arn: (resource) => {
      const { partition, region, account } = resource;
      return `arn:${partition}:logs:${region}:${account}:log-group:${nameOf(resource)}:*`;
    },
  },
  read: (resource) => ({
    kind: 'log-group',
    logGroupName: nameOf(resource),
    retentionDays: readProperties(resource, schema).RetentionInDays,
  }),
};
