import * as z from 'zod';
import { naming, type ResourceType, readProperties } from '../resource-type.ts';

/** An EventBridge event bus. */
export interface EventBus {
  readonly kind: 'event-bus';
  readonly name: string;
  readonly arn: string;
  /** The document in its `Policy`; undefined if it has no policy or one of separate statements. */
  readonly policy: unknown;
}

/** One statement of an event bus's policy. */
interface EventBusPolicy {
  readonly kind: 'event-bus-policy';
  readonly eventBusName: string;
  readonly statementId: string;
  readonly statement: unknown;
}

// The name of a custom bus contains no `/` and is not that of the default bus.
const busSchema = z.strictObject({
  Description: z.string().max(512).optional(),
  Name: z
    .string()
    .regex(/^[.\-_A-Za-z0-9]{1,256}$/)
    .refine((name) => name !== 'default', { error: 'every account already has the bus default' }),
  Policy: z.unknown().optional(),
  Tags: z.unknown().optional(),
});

// The older format, with `Action` and `Principal` instead of a statement, is deprecated.
const policySchema = z.strictObject({
  EventBusName: z.string().default('default'),
  Statement: z.record(z.string(), z.unknown()),
  StatementId: z.string().regex(/^[\w-]{1,64}$/),
});

const { nameOf, arnOf } = naming({
  property: 'Name',
  maxLength: 256,
  service: 'events',
  path: (name) => `event-bus/${name}`,
});

export const eventBus: ResourceType<EventBus> = {
  type: 'AWS::Events::EventBus',
  ref: nameOf,
  attributes: { Arn: arnOf, Name: nameOf },
  read: (resource) => {
    const { Name, Policy } = readProperties(resource, busSchema);
    return { kind: 'event-bus', name: Name, arn: arnOf(resource), policy: Policy };
  },
};

export const eventBusPolicy: ResourceType<EventBusPolicy> = {
  type: 'AWS::Events::EventBusPolicy',
  read: (resource) => {
    const { EventBusName, Statement, StatementId } = readProperties(resource, policySchema);
    return {
      kind: 'event-bus-policy',
      eventBusName: EventBusName,
      statementId: StatementId,
      statement: Statement,
    };
  },
};
