import { Duration, Fn } from 'aws-cdk-lib';
import { EventBus, Rule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction } from 'aws-cdk-lib/aws-events-targets';
import { Effect, PolicyStatement, StarPrincipal } from 'aws-cdk-lib/aws-iam';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';
import { EVENT_DETAIL_TYPE, EVENT_SOURCE } from '../../contract/pod-event.ts';
import { eventBusNameOf } from '../names.ts';

interface PodEventsProps {
  readonly clusterName: string;
  /** The only role that can put events on the bus. */
  readonly forwarderRoleArn: string;
  /** The target of the events. */
  readonly target: IFunction;
}

/**
 * Delivers pod events to the events function: an event bus of their own, to which only the forwarder can write, and a
 * rule. An event that cannot be delivered within a minute is dropped, because a scheduled pass has served the pod by then.
 */
export class PodEvents extends Construct {
  /** Name of the rule, without the name of its bus that precedes it in CloudFormation's physical ID. */
  readonly ruleName: string;

  constructor(scope: Construct, id: string, props: PodEventsProps) {
    super(scope, id);
    const bus = new EventBus(this, 'Bus', {
      eventBusName: eventBusNameOf(props.clusterName),
      description: 'Pods that wait for credentials, announced by the forwarder of kube-aws-iam',
    });
    // Within an account, an identity policy that allows events:PutEvents is sufficient unless the bus policy denies it.
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
      description: 'Delivers pods that wait for credentials to the events function',
      eventPattern: {
        source: [EVENT_SOURCE],
        detailType: [EVENT_DETAIL_TYPE],
      },
      targets: [
        new LambdaFunction(props.target, {
          retryAttempts: 0,
          // The minimum of EventBridge.
          maxEventAge: Duration.minutes(1),
        }),
      ],
    });
    // arn:aws:events:<region>:<account>:rule/<bus>/<rule>
    this.ruleName = Fn.select(2, Fn.split('/', rule.ruleArn));
  }
}
