import * as z from 'zod';
import { type ResourceType, readProperties } from '../resource-type.ts';

/** How a function is invoked asynchronously. */
export interface EventInvokeConfig {
  readonly kind: 'event-invoke-config';
  readonly functionName: string;
  readonly maximumEventAgeSeconds: number;
  readonly maximumRetryAttempts: number;
}

/** What Lambda does without an EventInvokeConfig: two more tries, within six hours (developer guide, asynchronous invocation). */
export const DEFAULT_EVENT_INVOKE = { maximumEventAgeSeconds: 21_600, maximumRetryAttempts: 2 };

const schema = z.strictObject({
  FunctionName: z.string(),
  MaximumEventAgeInSeconds: z
    .number()
    .int()
    .min(60)
    .max(21_600)
    .default(DEFAULT_EVENT_INVOKE.maximumEventAgeSeconds),
  MaximumRetryAttempts: z
    .number()
    .int()
    .min(0)
    .max(2)
    .default(DEFAULT_EVENT_INVOKE.maximumRetryAttempts),
  Qualifier: z.literal('$LATEST'),
});

export const eventInvokeConfig: ResourceType<EventInvokeConfig> = {
  type: 'AWS::Lambda::EventInvokeConfig',
  read: (resource) => {
    const properties = readProperties(resource, schema);
    return {
      kind: 'event-invoke-config',
      functionName: properties.FunctionName,
      maximumEventAgeSeconds: properties.MaximumEventAgeInSeconds,
      maximumRetryAttempts: properties.MaximumRetryAttempts,
    };
  },
};
