import { regionalArn } from '../aws/arn.ts';
import { type Assembly, resourcesOf } from './assembly.ts';
import { AssemblyError } from './assembly-error.ts';
import type { EventBus } from './resources/event-bus.ts';
import type { EventRule } from './resources/event-rule.ts';

/** An event bus and its rules. */
interface EventBusWithRules extends EventBus {
  readonly rules: readonly EventRule[];
}

/**
 * Returns the event buses of the account to which the assembly is deployed, by name: the assembly's and the default bus.
 *
 * @throws AssemblyError for a rule whose bus does not exist, or whose target is not a function of the assembly
 */
export function eventBuses(assembly: Assembly): ReadonlyMap<string, EventBusWithRules> {
  const buses = [defaultBus(assembly), ...resourcesOf(assembly, 'event-bus')];
  const rules = resourcesOf(assembly, 'event-rule');
  const names = new Set(buses.map(({ name }) => name));
  for (const rule of rules) {
    if (names.has(rule.eventBusName)) checkTargets(assembly, rule);
    else throw ruleError(rule, `event bus ${rule.eventBusName} does not exist`);
  }
  return new Map(
    buses.map((bus) => [
      bus.name,
      { ...bus, rules: rules.filter(({ eventBusName }) => eventBusName === bus.name) },
    ]),
  );
}

function defaultBus({ target }: Assembly): EventBus {
  const arn = regionalArn(target, 'events', 'event-bus/default');
  return { kind: 'event-bus', name: 'default', arn, policy: undefined };
}

function checkTargets(assembly: Assembly, rule: EventRule): void {
  const functions = resourcesOf(assembly, 'lambda-function').map(({ arn }) => arn);
  const missing = rule.targetArns.find((arn) => !functions.includes(arn));
  if (missing !== undefined) {
    throw ruleError(rule, `target ${missing} is not a function of the assembly`);
  }
}

function ruleError(rule: EventRule, problem: string): AssemblyError {
  return new AssemblyError(`rule ${rule.name}: ${problem}`);
}
