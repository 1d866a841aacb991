import { ArnFormat, Duration, Stack } from 'aws-cdk-lib';
import { PolicyDocument, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { Schedule, ScheduleExpression, ScheduleTargetInput } from 'aws-cdk-lib/aws-scheduler';
import { LambdaInvoke } from 'aws-cdk-lib/aws-scheduler-targets';
import { Construct } from 'constructs';
import { PASS, PASS_PERIOD_SECONDS, type PassEvent } from '../../contract/pass.ts';
import { WARM_UP_EVENT } from '../../contract/pod-event.ts';
import { type FunctionName, functionNameOf } from '../names.ts';

/** The functions that perform passes. */
export type PassFunction = Exclude<FunctionName, 'events'>;

/** How often each function is invoked for a pass. */
export const PASS_PERIOD: Readonly<Record<PassFunction, Duration>> = {
  refresh: Duration.seconds(PASS_PERIOD_SECONDS.refresh),
  sweep: Duration.seconds(PASS_PERIOD_SECONDS.sweep),
};

interface SchedulesProps {
  readonly clusterName: string;
  readonly functions: Readonly<Record<FunctionName, IFunction>>;
}

/**
 * How often the events function is invoked to keep a container warm. Its connections are not used after 85 seconds without
 * a request.
 */
const WARM_UP_PERIOD = Duration.minutes(1);

/**
 * Invokes the refresh function every minute and the sweep function every ten minutes, at minutes 5, 15, 25 and so on, when
 * fewer other jobs start. Keeps a container of the events function warm. A missed invocation is not retried, because the
 * next one does its work.
 */
export class Schedules extends Construct {
  constructor(scope: Construct, id: string, { clusterName, functions }: SchedulesProps) {
    super(scope, id);
    const role = this.createRole(Object.values(functions));
    const schedule = (name: FunctionName, expression: ScheduleExpression, event: object) =>
      new Schedule(this, name, {
        scheduleName: functionNameOf(clusterName, name),
        schedule: expression,
        target: new LambdaInvoke(functions[name], {
          input: ScheduleTargetInput.fromObject(event),
          retryAttempts: 0,
          // The minimum of EventBridge Scheduler.
          maxEventAge: Duration.minutes(1),
          // Otherwise the target grants the role every version and alias of the function.
          role: role.withoutPolicyUpdates(),
        }),
      });
    const passEvent = (pass: PassFunction): PassEvent => ({ pass: PASS[pass] });
    schedule('refresh', ScheduleExpression.rate(PASS_PERIOD.refresh), passEvent('refresh'));
    schedule('sweep', ScheduleExpression.expression('cron(5/10 * * * ? *)'), passEvent('sweep'));
    schedule('events', ScheduleExpression.rate(WARM_UP_PERIOD), WARM_UP_EVENT);
  }

  private createRole(targets: readonly IFunction[]): Role {
    const stack = Stack.of(this);
    return new Role(this, 'Role', {
      description: 'Allows EventBridge Scheduler to invoke the functions of kube-aws-iam',
      assumedBy: new ServicePrincipal('scheduler.amazonaws.com', {
        conditions: {
          StringEquals: {
            'aws:SourceAccount': stack.account,
            'aws:SourceArn': stack.formatArn({
              service: 'scheduler',
              resource: 'schedule-group',
              resourceName: 'default',
              arnFormat: ArnFormat.SLASH_RESOURCE_NAME,
            }),
          },
        },
      }),
      inlinePolicies: {
        invoke: new PolicyDocument({
          statements: [
            new PolicyStatement({
              actions: ['lambda:InvokeFunction'],
              resources: targets.map((target) => target.functionArn),
            }),
          ],
        }),
      },
    });
  }
}
