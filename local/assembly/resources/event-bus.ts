import * as z from 'zod';
import { type ResourceType, readProperties, type StackResource } from '../resource-type.ts';

/** An event bus of EventBridge. */
export interface EventBus {
  readonly kind: 'event-bus';
  readonly name: string;
  readonly arn: string;
  /** The document in its `Policy`; nothing when its policy comes in statements of their own, or not at all. */
  readonly policy: unknown;
}

// The name of a custom bus: no `/`, and not that of the bus that every account has.
const schema = z.strictObject({
  Description: z.string().max(512).optional(),
  Name: z
    .string()
    .regex(/^[.\-_A-Za-z0-9]{1,256}$/)
    .refine((name) => name !== 'default', { error: 'every account has the bus default already' }),
  Policy: z.unknown().optional(),
  Tags: z.unknown().optional(),
});

const nameOf = (resource: StackResource) => String(resource.property('Name'));

function arnOf(resource: StackResource): string {
  const { partition, region, account } = resource;
  return `arn:${partition}:events:${region}:${account}:event-bus/${nameOf(resource)}`;
}

export const eventBus: ResourceType<EventBus> = {
  type: 'AWS::Events::EventBus',
  ref: nameOf,
  attributes: { Arn: arnOf, Name: nameOf },
  read: (resource) => {
    const { Name, Policy } = readProperties(resource, schema);
    return { kind: 'event-bus', name: Name, arn: arnOf(resource), policy: Policy };
  },
};
