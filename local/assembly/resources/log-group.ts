import * as z from 'zod';
import { naming, type ResourceType, readProperties } from '../resource-type.ts';

/** A CloudWatch log group. */
interface LogGroup {
  readonly kind: 'log-group';
  readonly logGroupName: string;
  /** Days until log events expire; undefined if they do not. */
  readonly retentionDays: number | undefined;
}

const schema = z.strictObject({
  KmsKeyId: z.string().optional(),
  LogGroupName: z.string().optional(),
  RetentionInDays: z.number().int().positive().optional(),
  Tags: z.unknown().optional(),
});

const { nameOf, arnOf } = naming({
  property: 'LogGroupName',
  maxLength: 512,
  service: 'logs',
  path: (name) => `log-group:${name}:*`,
});

export const logGroup: ResourceType<LogGroup> = {
  type: 'AWS::Logs::LogGroup',
  ref: nameOf,
  attributes: { Arn: arnOf },
  read: (resource) => ({
    kind: 'log-group',
    logGroupName: nameOf(resource),
    retentionDays: readProperties(resource, schema).RetentionInDays,
  }),
};
