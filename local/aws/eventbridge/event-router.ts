import type { Assembly } from '../../assembly/assembly.ts';
import { eventBuses } from '../../assembly/event-buses.ts';
import type { EventRule } from '../../assembly/resources/event-rule.ts';
import { regionalArn } from '../arn.ts';
import type { EventEnvelope } from './event-delivery.ts';
import { parseEventPattern } from './event-pattern.ts';

/** Finds the rules that apply to events. */
export interface EventRouter {
  /** Returns the ARN of a bus given by its name or ARN. The bus may not exist. */
  busArn(eventBusName: string): string;
  /** Returns the enabled rules of a bus that match an event; none if the bus does not exist, as EventBridge drops the event silently. */
  rulesFor(busArn: string, event: EventEnvelope): readonly EventRule[];
}

/** Creates the router of an assembly's event buses. @throws AssemblyError, EventPatternError for a rule that cannot be deployed */
export function createEventRouter(assembly: Assembly): EventRouter {
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
      name.startsWith('arn:') ? name : regionalArn(assembly.target, 'events', `event-bus/${name}`),
    rulesFor: (busArn, event) =>
      (rulesOfBus.get(busArn) ?? [])
        .filter(({ matches }) => matches(event))
        .map(({ rule }) => rule),
  };
}
