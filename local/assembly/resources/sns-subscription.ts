import * as z from 'zod';
import { type ResourceType, readProperties } from '../resource-type.ts';

/** Who gets what is published to a topic. Nothing is sent here. */
export interface SnsSubscription {
  readonly kind: 'sns-subscription';
  readonly topicArn: string;
  readonly protocol: 'email';
  readonly endpoint: string;
}

const schema = z.strictObject({
  Endpoint: z.string().min(1),
  Protocol: z.literal('email'),
  TopicArn: z.string(),
});

export const snsSubscription: ResourceType<SnsSubscription> = {
  type: 'AWS::SNS::Subscription',
  read: (resource) => {
    const { Endpoint, Protocol, TopicArn } = readProperties(resource, schema);
    return {
      kind: 'sns-subscription',
      topicArn: TopicArn,
      protocol: Protocol,
      endpoint: Endpoint,
    };
  },
};
