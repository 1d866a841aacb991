import { ArnFormat, Duration, Fn, type Stack } from 'aws-cdk-lib';
import { EventBus, Rule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction } from 'aws-cdk-lib/aws-events-targets';
import { Effect, PolicyStatement, StarPrincipal } from 'aws-cdk-lib/aws-iam';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';
import { EVENT_DETAIL_TYPE, EVENT_SOURCE } from '../../contract/pod-event.ts';

export interface PodEventsProps {
  readonly eventBusName: string;
  /** The only role that may write to the bus. */
  readonly forwarderRoleArn: string;
  /** Serves the events. */
  readonly refresh: IFunction;
}

/**
 * The way of pod events: a bus of their own, on which only the forwarder may put something, and a rule that hands them to
 * the refresh function. What is not delivered within a minute is not delivered at all, as the tick has done its work by then.
 */
export class PodEvents extends Construct {
  /** Name of the rule without that of its bus, which CloudFormation puts before it. */
  readonly ruleName: string;

  constructor(scope: Construct, id: string, props: PodEventsProps) {
    super(scope, id);
    const bus = new EventBus(this, 'Bus', {
      eventBusName: props.eventBusName,
      description: 'Pods that wait for credentials, announced by the forwarder of kube-aws-iam',
    });
    // Within an account any identity policy that allows events:PutEvents is enough, unless the bus denies it.
    bus.addToResourcePolicy(
      new PolicyStatement({
        sid: 'OnlyTheForwarder',
        effect: Effect.DENY,
        principals: [new StarPrincipal()],
        actions: ['events:PutEvents'],
        resources: [bus.eventBusArn],
        conditions: { ArnNotEquals: { 'aws:PrincipalArn': props.forwarderRoleArn } },
      }),
    );
    const rule = new Rule(this, 'Rule', {
      eventBus: bus,
      description: 'Hands pods that wait for credentials to the refresh function',
      eventPattern: {
        source: [EVENT_SOURCE],
        detailType: [EVENT_DETAIL_TYPE],
      },
      targets: [
        new LambdaFunction(props.refresh, {
          retryAttempts: 0,
          // The shortest that EventBridge knows.
          maxEventAge: Duration.minutes(1),
        }),
      ],
    });
    // arn:aws:events:<region>:<account>:rule/<bus>/<rule>
    this.ruleName = Fn.select(2, Fn.split('/', rule.ruleArn));
  }
}

/** The ARN of a bus of this stack, made from its name: the forwarder's role and the bus name each other. */
export function eventBusArn(stack: Stack, eventBusName: string): string {
  return stack.formatArn({
    service: 'events',
    resource: 'event-bus',
    resourceName: eventBusName,
    arnFormat: ArnFormat.SLASH_RESOURCE_NAME,
  });
}
