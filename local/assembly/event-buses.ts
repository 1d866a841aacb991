import { type Assembly, resourcesOf } from './assembly.ts';
import { AssemblyError } from './assembly-error.ts';
import type { EventBus } from './resources/event-bus.ts';
import type { EventRule } from './resources/event-rule.ts';

/** An event bus with the rules that are on it. */
export interface EventBusWithRules extends EventBus {
  readonly rules: readonly EventRule[];
}

/**
 * The event buses of an account into which the assembly is deployed, by name: its own, and the one that every account has.
 * @throws AssemblyError for a rule on a bus that is not there, or for what is no function of the assembly.
 */
export function eventBuses(assembly: Assembly): ReadonlyMap<string, EventBusWithRules> {
  const buses = [defaultBus(assembly), ...resourcesOf(assembly, 'event-bus')];
  const rules = resourcesOf(assembly, 'event-rule');
  const names = new Set(buses.map(({ name }) => name));
  for (const rule of rules) {
    if (names.has(rule.eventBusName)) checkTargets(assembly, rule);
    else throw failure(rule, `event bus ${rule.eventBusName} is not there`);
  }
  return new Map(
    buses.map((bus) => [
      bus.name,
      { ...bus, rules: rules.filter(({ eventBusName }) => eventBusName === bus.name) },
    ]),
  );
}

function defaultBus({ target: { partition, region, account } }: Assembly): EventBus {
  const arn = `arn:${partition}:events:${region}:${account}:event-bus/default`;
  return { kind: 'event-bus', name: 'default', arn, policy: undefined };
}

function checkTargets(assembly: Assembly, rule: EventRule): void {
  const functions = resourcesOf(assembly, 'lambda-function').map(({ arn }) => arn);
  const missing = rule.targetArns.find((arn) => !functions.includes(arn));
  if (missing !== undefined) {
    throw failure(rule, `its target ${missing} is no function of the assembly that is run here`);
  }
}

function failure(rule: EventRule, what: string): AssemblyError {
  return new AssemblyError(`rule ${rule.name}: ${what}`);
}
