import * as z from 'zod';
import { type ResourceType, readProperties } from '../resource-type.ts';

/** One statement of the policy of an event bus. */
export interface EventBusPolicy {
  readonly kind: 'event-bus-policy';
  readonly eventBusName: string;
  readonly statementId: string;
  readonly statement: unknown;
}

// The older form, of `Action` and `Principal` in place of a statement, is deprecated.
const schema = z.strictObject({
  EventBusName: z.string().default('default'),
  Statement: z.record(z.string(), z.unknown()),
  StatementId: z.string().regex(/^[\w-]{1,64}$/),
});

export const eventBusPolicy: ResourceType<EventBusPolicy> = {
  type: 'AWS::Events::EventBusPolicy',
  read: (resource) => {
    const { EventBusName, Statement, StatementId } = readProperties(resource, schema);
    return {
      kind: 'event-bus-policy',
      eventBusName: EventBusName,
      statementId: StatementId,
      statement: Statement,
    };
  },
};
