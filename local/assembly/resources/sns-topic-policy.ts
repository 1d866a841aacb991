import * as z from 'zod';
import { type ResourceType, readProperties } from '../resource-type.ts';

/** Who may publish to topics, in place of what SNS allows by itself: everybody of the topic's account. */
export interface SnsTopicPolicy {
  readonly kind: 'sns-topic-policy';
  readonly topicArns: readonly string[];
  readonly document: unknown;
}

const schema = z.strictObject({
  PolicyDocument: z.record(z.string(), z.unknown()),
  Topics: z.array(z.string()).min(1),
});

export const snsTopicPolicy: ResourceType<SnsTopicPolicy> = {
  type: 'AWS::SNS::TopicPolicy',
  read: (resource) => {
    const { PolicyDocument, Topics } = readProperties(resource, schema);
    return { kind: 'sns-topic-policy', topicArns: Topics, document: PolicyDocument };
  },
};
