import type { Assembly } from '../../assembly/assembly.ts';
import { eventBuses } from '../../assembly/event-buses.ts';
import type { EventRule } from '../../assembly/resources/event-rule.ts';
import type { EventEnvelope } from './event-delivery.ts';
import { parseEventPattern } from './event-pattern.ts';

/** Finds what is to be done with events. */
export interface EventRouter {
  /** ARN of the bus that an entry names by its name or its ARN; it need not be there. */
  busArn(eventBusName: string): string;
  /** The rules on the bus that are enabled and match, none when there is no such bus: EventBridge drops such an event and says nothing. */
  rulesFor(busArn: string, event: EventEnvelope): readonly EventRule[];
}

/** The router of an assembly's event buses. @throws AssemblyError, EventPatternError for what could not be deployed. */
export function createEventRouter(assembly: Assembly): EventRouter {
  const { partition, region, account } = assembly.target;
  const rulesOfBus = new Map(
    [...eventBuses(assembly).values()].map(({ arn, rules }) => [
      arn,
      rules
        .filter(({ enabled }) => enabled)
        .map((rule) => ({ rule, matches: parseEventPattern(rule.pattern) })),
    ]),
  );
  return {
    busArn: (name) =>
      name.startsWith('arn:')
        ? name
        : `arn:${partition}:events:${region}:${account}:event-bus/${name}`,
    rulesFor: (busArn, event) =>
      (rulesOfBus.get(busArn) ?? [])
        .filter(({ matches }) => matches(event))
        .map(({ rule }) => rule),
  };
}
