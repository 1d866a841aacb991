import { type Assembly, resourcesOf } from '../../assembly/assembly.ts';
import { AssemblyError } from '../../assembly/assembly-error.ts';
import type { CompositeAlarm } from '../../assembly/resources/composite-alarm.ts';
import type { MetricAlarm } from '../../assembly/resources/metric-alarm.ts';
import { alarmDataPoints } from './alarm-data-points.ts';
import { parseCompositeRule } from './composite-rule.ts';
import { type AlarmEvaluation, type AlarmState, evaluateAlarm } from './evaluate-alarm.ts';
import type { MetricStore } from './metric-store.ts';

/** An alarm changed its state. */
export interface AlarmStateChange extends AlarmEvaluation {
  readonly at: Date;
  readonly alarm: MetricAlarm | CompositeAlarm;
  readonly oldState: AlarmState;
}

/** The alarms of an assembly. */
export interface EmbeddedAlarms {
  readonly names: readonly string[];
  /** Returns the state of an alarm. @throws AssemblyError if it does not exist */
  stateOf(nameOrArn: string): AlarmState;
  /** Evaluates every alarm with the metrics as of `now`, composite alarms last. */
  evaluate(now: Date): readonly AlarmStateChange[];
}

/** Creates the alarms in `INSUFFICIENT_DATA`. @throws AssemblyError, CompositeRuleError for an alarm that cannot be deployed */
export function createEmbeddedAlarms(assembly: Assembly, store: MetricStore): EmbeddedAlarms {
  const metricAlarms = resourcesOf(assembly, 'metric-alarm');
  const composites = resourcesOf(assembly, 'composite-alarm').map((alarm) => ({
    alarm,
    rule: parseCompositeRule(alarm.rule),
  }));
  const all = [...metricAlarms, ...composites.map(({ alarm }) => alarm)];
  const states = new Map<string, AlarmState>(all.map(({ arn }) => [arn, 'INSUFFICIENT_DATA']));

  function stateOf(nameOrArn: string): AlarmState {
    const arn = all.find(({ name }) => name === nameOrArn)?.arn ?? nameOrArn;
    const state = states.get(arn);
    if (state === undefined) throw new AssemblyError(`alarm ${nameOrArn} does not exist`);
    return state;
  }

  function change(
    alarm: AlarmStateChange['alarm'],
    evaluation: AlarmEvaluation | undefined,
    at: Date,
  ): readonly AlarmStateChange[] {
    const oldState = stateOf(alarm.arn);
    if (evaluation === undefined || evaluation.state === oldState) return [];
    states.set(alarm.arn, evaluation.state);
    return [{ ...evaluation, alarm, oldState, at }];
  }

  for (const { rule } of composites) for (const alarm of rule.alarms) stateOf(alarm);
  return {
    names: all.map(({ name }) => name),
    stateOf,
    evaluate: (now) => [
      ...metricAlarms.flatMap((alarm) =>
        change(alarm, evaluateAlarm(alarm, alarmDataPoints(alarm, store, now)), now),
      ),
      // As many times as there are composite alarms, as they can refer to each other.
      ...composites.flatMap(() =>
        composites.flatMap(({ alarm, rule }) => {
          const triggering = rule.alarms.filter((one) => stateOf(one) === 'ALARM');
          const state = rule.holds(stateOf) ? 'ALARM' : 'OK';
          return change(alarm, { state, reason: compositeReason(state, triggering) }, now);
        }),
      ),
    ],
  };
}

function compositeReason(state: AlarmState, triggering: readonly string[]): string {
  return `the rule evaluates to ${state}; alarms in ALARM: ${triggering.join(', ') || 'none'}`;
}
