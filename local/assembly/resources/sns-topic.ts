import * as z from 'zod';
import {
  physicalName,
  type ResourceType,
  readProperties,
  type StackResource,
} from '../resource-type.ts';

/** A topic of SNS. */
export interface SnsTopic {
  readonly kind: 'sns-topic';
  readonly arn: string;
  /** Id, ARN or alias of the key that its messages are encrypted with; nothing when they are not. */
  readonly keyId: string | undefined;
}

const schema = z.strictObject({
  DisplayName: z.string().max(100).optional(),
  KmsMasterKeyId: z.string().optional(),
  Tags: z.unknown().optional(),
  TopicName: z
    .string()
    .regex(/^[\w-]{1,256}$/)
    .optional(),
});

const nameOf = (resource: StackResource) => physicalName(resource, 'TopicName', 256);

function arnOf(resource: StackResource): string {
  const { partition, region, account } = resource;
  return `arn:${partition}:sns:${region}:${account}:${nameOf(resource)}`;
}

export const snsTopic: ResourceType<SnsTopic> = {
  type: 'AWS::SNS::Topic',
  ref: arnOf,
  attributes: { TopicArn: arnOf, TopicName: nameOf },
  read: (resource) => ({
    kind: 'sns-topic',
    arn: arnOf(resource),
    keyId: readProperties(resource, schema).KmsMasterKeyId,
  }),
};
