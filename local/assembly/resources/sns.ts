import * as z from 'zod';
import { naming, type ResourceType, readProperties } from '../resource-type.ts';

/** An SNS topic. */
export interface SnsTopic {
  readonly kind: 'sns-topic';
  readonly arn: string;
  /** ID, ARN or alias of the key that encrypts the messages; undefined if they are not encrypted. */
  readonly keyId: string | undefined;
}

/** The policy of topics. It replaces the default policy, which allows everyone in the topic's account to publish. */
interface SnsTopicPolicy {
  readonly kind: 'sns-topic-policy';
  readonly topicArns: readonly string[];
  readonly document: unknown;
}

/** A subscription to a topic. Messages are not delivered. */
interface SnsSubscription {
  readonly kind: 'sns-subscription';
  readonly topicArn: string;
  readonly protocol: 'email';
  readonly endpoint: string;
}

const topicSchema = z.strictObject({
  DisplayName: z.string().max(100).optional(),
  KmsMasterKeyId: z.string().optional(),
  Tags: z.unknown().optional(),
  TopicName: z
    .string()
    .regex(/^[\w-]{1,256}$/)
    .optional(),
});

const policySchema = z.strictObject({
  PolicyDocument: z.record(z.string(), z.unknown()),
  Topics: z.array(z.string()).min(1),
});

const subscriptionSchema = z.strictObject({
  Endpoint: z.string().min(1),
  Protocol: z.literal('email'),
  TopicArn: z.string(),
});

const { nameOf, arnOf } = naming({
  property: 'TopicName',
  maxLength: 256,
  service: 'sns',
  path: (name) => name,
});

export const snsTopic: ResourceType<SnsTopic> = {
  type: 'AWS::SNS::Topic',
  ref: arnOf,
  attributes: { TopicArn: arnOf, TopicName: nameOf },
  read: (resource) => ({
    kind: 'sns-topic',
    arn: arnOf(resource),
    keyId: readProperties(resource, topicSchema).KmsMasterKeyId,
  }),
};

export const snsTopicPolicy: ResourceType<SnsTopicPolicy> = {
  type: 'AWS::SNS::TopicPolicy',
  read: (resource) => {
    const { PolicyDocument, Topics } = readProperties(resource, policySchema);
    return { kind: 'sns-topic-policy', topicArns: Topics, document: PolicyDocument };
  },
};

export const snsSubscription: ResourceType<SnsSubscription> = {
  type: 'AWS::SNS::Subscription',
  read: (resource) => {
    const { Endpoint, Protocol, TopicArn } = readProperties(resource, subscriptionSchema);
    return {
      kind: 'sns-subscription',
      topicArn: TopicArn,
      protocol: Protocol,
      endpoint: Endpoint,
    };
  },
};
