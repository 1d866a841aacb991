import { setTimeout as sleep } from 'node:timers/promises';
import type { EventRule } from '../../assembly/resources/event-rule.ts';
import type { Clock } from '../../clock.ts';
import type { Functions } from '../lambda/functions.ts';
import type { MetricStore } from '../cloudwatch/metric-store.ts';
import type { Iam } from '../iam/iam.ts';

/** An event in the form in which rules see it and functions get it. */
export interface EventEnvelope {
  readonly version: '0';
  readonly id: string;
  readonly 'detail-type': string;
  readonly source: string;
  readonly account: string;
  /** RFC 3339 in UTC, in whole seconds. */
  readonly time: string;
  readonly region: string;
  readonly resources: readonly string[];
  readonly detail: Readonly<Record<string, unknown>>;
}

/** An event that matched a rule and could not be handed to a target. AWS counts it in `FailedInvocations`, and says no more. */
export interface FailedDelivery {
  readonly at: Date;
  readonly ruleArn: string;
  readonly targetArn: string;
  readonly eventId: string;
  readonly reason: string;
}

/** What delivery is made of. */
export interface EventDeliveryDeps {
  readonly iam: Pick<Iam, 'decideResource'>;
  readonly clock: Clock;
  readonly account: string;
  readonly functions: Pick<Functions, 'invokeAsync' | 'settled'>;
  readonly metrics: Pick<MetricStore, 'put'>;
  /** Waits, by the machine's clock. @default - a timer of the machine */
  readonly sleep?: ((milliseconds: number) => Promise<unknown>) | undefined;
}

/** Hands events to the targets of rules. */
export interface EventDelivery {
  readonly failed: readonly FailedDelivery[];
  /** Has the event handed to each target of the rule, `milliseconds` from now. */
  send(event: EventEnvelope, rule: EventRule, milliseconds: number): void;
  /** Ends when nothing is on its way and no function runs asynchronously. Throws what broke, if anything. */
  settled(): Promise<void>;
  /** Drops what is on its way. Throws what broke and nobody was told of. */
  stop(): void;
}

const SERVICE = 'events.amazonaws.com';
const ACTION = 'lambda:InvokeFunction';

/**
 * Delivery to functions, as EventBridge does it: into Lambda's asynchronous queue, whose own retries follow. What no
 * permission of the function allows is dropped at once, for EventBridge does not try that again.
 */
export function createEventDelivery(deps: EventDeliveryDeps): EventDelivery {
  const { iam, clock, account, functions } = deps;
  const wait = deps.sleep ?? sleep;
  const failed: FailedDelivery[] = [];
  const underWay = new Set<Promise<void>>();
  const broken: unknown[] = [];
  let stopped = false;

  function mayInvoke(rule: EventRule, targetArn: string): boolean {
    const context = { 'aws:SourceArn': rule.arn, 'aws:SourceAccount': account };
    const caller = { kind: 'service', service: SERVICE } as const;
    return iam.decideResource(targetArn, caller, ACTION, context).outcome === 'allowed';
  }

  // Of EventBridge's metrics a value is sent only when there is something to count.
  function count({ name, eventBusName }: EventRule, metric: string): void {
    const dimensions = {
      RuleName: name,
      ...(eventBusName === 'default' ? {} : { EventBusName: eventBusName }),
    };
    deps.metrics.put({ namespace: 'AWS/Events', name: metric, dimensions }, [1]);
  }

  async function deliver(
    event: EventEnvelope,
    rule: EventRule,
    milliseconds: number,
  ): Promise<void> {
    if (milliseconds > 0) await wait(milliseconds);
    if (stopped) return;
    for (const targetArn of rule.targetArns) {
      count(rule, 'Invocations');
      if (mayInvoke(rule, targetArn)) {
        functions.invokeAsync(targetArn, event);
        continue;
      }
      count(rule, 'FailedInvocations');
      const reason = `no permission of the function lets ${SERVICE} invoke it for ${rule.arn}`;
      failed.push({ at: clock.now(), ruleArn: rule.arn, targetArn, eventId: event.id, reason });
    }
  }

  return {
    failed,
    send(event, rule, milliseconds) {
      count(rule, 'MatchedEvents');
      count(rule, 'TriggeredRules');
      const delivery = deliver(event, rule, milliseconds)
        .catch((error: unknown) => void broken.push(error))
        .finally(() => underWay.delete(delivery));
      underWay.add(delivery);
    },
    settled: async () => {
      while (underWay.size > 0) await Promise.all(underWay);
      await functions.settled();
      if (broken.length > 0) throw broken.shift();
    },
    stop() {
      stopped = true;
      if (broken.length > 0) throw broken.shift();
    },
  };
}
