import { type Assembly, resourcesOf } from '../../assembly/assembly.ts';
import { AssemblyError } from '../../assembly/assembly-error.ts';
import type { CompositeAlarm } from '../../assembly/resources/composite-alarm.ts';
import type { MetricAlarm } from '../../assembly/resources/metric-alarm.ts';
import { alarmDataPoints } from './alarm-data-points.ts';
import { parseCompositeRule } from './composite-rule.ts';
import { type AlarmEvaluation, type AlarmState, evaluateAlarm } from './evaluate-alarm.ts';
import type { MetricStore } from './metric-store.ts';

/** That an alarm came into another state. */
export interface AlarmStateChange extends AlarmEvaluation {
  readonly at: Date;
  readonly alarm: MetricAlarm | CompositeAlarm;
  readonly oldState: AlarmState;
}

/** The alarms of an assembly. */
export interface EmbeddedAlarms {
  readonly names: readonly string[];
  /** The state of an alarm, by its name or its ARN. */
  stateOf(alarm: string): AlarmState;
  /** Judges every alarm by the metrics as of `now`, composite ones last. */
  evaluate(now: Date): readonly AlarmStateChange[];
}

/** The alarms, of which nothing is known yet. @throws AssemblyError, CompositeRuleError for what could not be deployed. */
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
    if (state === undefined) throw new AssemblyError(`there is no alarm ${nameOrArn}`);
    return state;
  }

  function change(
    alarm: AlarmStateChange['alarm'],
    judgement: AlarmEvaluation | undefined,
    at: Date,
  ): readonly AlarmStateChange[] {
    const oldState = stateOf(alarm.arn);
    if (judgement === undefined || judgement.state === oldState) return [];
    states.set(alarm.arn, judgement.state);
    return [{ ...judgement, alarm, oldState, at }];
  }

  for (const { rule } of composites) for (const alarm of rule.alarms) stateOf(alarm);
  return {
    names: all.map(({ name }) => name),
    stateOf,
    evaluate: (now) => [
      ...metricAlarms.flatMap((alarm) =>
        change(alarm, evaluateAlarm(alarm, alarmDataPoints(alarm, store, now)), now),
      ),
      // Once for each, for one may look at another.
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
  return `the rule gives ${state}; in ALARM are: ${triggering.join(', ') || 'none'}`;
}
