import { setTimeout as sleep } from 'node:timers/promises';
import type { EventRule } from '../../assembly/resources/event-rule.ts';
import type { Clock } from '../../clock.ts';
import type { MetricStore } from '../cloudwatch/metric-store.ts';
import type { Iam } from '../iam/iam.ts';
import type { Functions } from '../lambda/functions.ts';

/** An event as rules match it and functions receive it. */
export interface EventEnvelope {
  readonly version: '0';
  readonly id: string;
  readonly 'detail-type': string;
  readonly source: string;
  readonly account: string;
  /** RFC 3339, in UTC and whole seconds. */
  readonly time: string;
  readonly region: string;
  readonly resources: readonly string[];
  readonly detail: Readonly<Record<string, unknown>>;
}

/** An event that matched a rule and could not be delivered to a target. AWS only counts it in `FailedInvocations`. */
export interface FailedDelivery {
  readonly at: Date;
  readonly ruleArn: string;
  readonly targetArn: string;
  readonly eventId: string;
  readonly reason: string;
}

/** Dependencies of event delivery. */
export interface EventDeliveryDeps {
  readonly iam: Pick<Iam, 'decideResource'>;
  readonly clock: Clock;
  readonly account: string;
  readonly functions: Pick<Functions, 'invokeAsync' | 'settled'>;
  readonly metrics: Pick<MetricStore, 'put'>;
  /** Waits in real time. @default - a timer */
  readonly sleep?: ((milliseconds: number) => Promise<unknown>) | undefined;
}

/** Delivers events to the targets of rules. */
interface EventDelivery {
  readonly failed: readonly FailedDelivery[];
  /** Delivers an event to each target of a rule after `delayMs`. Returns at once. */
  send(event: EventEnvelope, rule: EventRule, delayMs: number): void;
  /** Waits until no event is in flight and no asynchronous invocation is running. @throws what failed unexpectedly */
  settled(): Promise<void>;
  /** Drops events in flight. @throws what failed unexpectedly and was not reported */
  stop(): void;
}

const SERVICE = 'events.amazonaws.com';
const ACTION = 'lambda:InvokeFunction';

/**
 * Creates the delivery of events to functions. As in EventBridge, an event is sent to Lambda's asynchronous queue, which
 * retries on its own, and is dropped if the function's permissions do not allow it, as EventBridge does not retry that.
 */
export function createEventDelivery(deps: EventDeliveryDeps): EventDelivery {
  const { iam, clock, account, functions } = deps;
  const wait = deps.sleep ?? sleep;
  const failed: FailedDelivery[] = [];
  const inFlight = new Set<Promise<void>>();
  const unexpected: unknown[] = [];
  let stopped = false;

  function canInvoke(rule: EventRule, targetArn: string): boolean {
    const context = { 'aws:SourceArn': rule.arn, 'aws:SourceAccount': account };
    const caller = { kind: 'service', service: SERVICE } as const;
    return iam.decideResource(targetArn, caller, ACTION, context).outcome === 'allowed';
  }

  // EventBridge emits its metrics only when there is something to count, never a 0.
  function count({ name, eventBusName }: EventRule, metric: string): void {
    const dimensions = {
      RuleName: name,
      ...(eventBusName === 'default' ? {} : { EventBusName: eventBusName }),
    };
    deps.metrics.put({ namespace: 'AWS/Events', name: metric, dimensions }, [1]);
  }

  async function deliver(event: EventEnvelope, rule: EventRule, delayMs: number): Promise<void> {
    if (delayMs > 0) await wait(delayMs);
    if (stopped) return;
    for (const targetArn of rule.targetArns) {
      count(rule, 'Invocations');
      if (canInvoke(rule, targetArn)) {
        functions.invokeAsync(targetArn, event);
        continue;
      }
      count(rule, 'FailedInvocations');
      const reason = `no permission of the function allows ${SERVICE} to invoke it for ${rule.arn}`;
      failed.push({ at: clock.now(), ruleArn: rule.arn, targetArn, eventId: event.id, reason });
    }
  }

  return {
    failed,
    send(event, rule, delayMs) {
      count(rule, 'MatchedEvents');
      count(rule, 'TriggeredRules');
      const delivery = deliver(event, rule, delayMs)
        .catch((error: unknown) => void unexpected.push(error))
        .finally(() => inFlight.delete(delivery));
      inFlight.add(delivery);
    },
    settled: async () => {
      while (inFlight.size > 0) await Promise.all(inFlight);
      await functions.settled();
      if (unexpected.length > 0) throw unexpected.shift();
    },
    stop() {
      stopped = true;
      if (unexpected.length > 0) throw unexpected.shift();
    },
  };
}
